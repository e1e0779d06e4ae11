"""Every published figure of Vitreous: one benchmark a file, peers measured in the same run."""
