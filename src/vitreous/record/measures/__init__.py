"""One quantity a file. A measure turns tensors into one number; it judges nothing.

Each file has ``NAME``, ``UNIT``, ``SEES`` (what it is given: an activation, a gradient, a weight or
an update) and ``measure(tensor) -> 0-dim tensor`` on the tensor's own device, so that nothing waits
for a read. The recorder finds the files by listing this package.
"""
