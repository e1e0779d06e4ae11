"""What is written down during a watched run, one concern a file; each is a listener that only looks."""
