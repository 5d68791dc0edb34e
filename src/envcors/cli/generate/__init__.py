"""What ``envcors generate`` makes, one file for each kind; this repository contains the output too."""
