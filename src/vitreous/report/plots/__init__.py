"""Vega-Lite specifications as plain dicts, one kind of plot a file; none of them knows a run folder."""
