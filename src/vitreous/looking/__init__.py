"""Looking inside: every number of one step through any network, forward and back, recomputed by hand."""
