"""The rules: what is refused and why. The catalogue describes each rule, and one small function checks it."""
