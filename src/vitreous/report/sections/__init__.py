"""What a page says, part by part: each file reads a run and gives sections, or none where it has nothing."""
