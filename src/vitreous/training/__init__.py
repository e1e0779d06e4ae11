"""Recipe to run: the loop, what surrounds it, and what is left behind in the run's folder."""
