"""What is refused and why: one small function for each rule; the catalogue is the documentation."""
