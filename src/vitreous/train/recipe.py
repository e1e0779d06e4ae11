from vitreous.training.recipe import *  # noqa: F403  (temporary: goes when every import is moved)
