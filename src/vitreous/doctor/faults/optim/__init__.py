"""Faults of the group optim; see `vitreous.doctor.faults`."""
