"""One kind of data a file. The file that recognizes a source loads it; nothing is registered."""
