"""Faults of the group eval; see `vitreous.doctor.faults`."""
