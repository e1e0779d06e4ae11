"""Data of many kinds, each turned into the same four things: task, input, examples, preprocessing."""
