"""Faults of the group loss; see `vitreous.doctor.faults`."""
