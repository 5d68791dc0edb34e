"""What ``envcors generate`` makes, one file for each kind; this repository's own copies are made by it too."""
