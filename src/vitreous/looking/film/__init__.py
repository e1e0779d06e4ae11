"""How a network came to be: the same views at the snapshots of a run, as one page with a slider, or as pictures."""
