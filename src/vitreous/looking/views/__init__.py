"""What a network has learned: one view a file, each `view(subject)`, found by listing this package."""
