"""Faults of the group data; see `vitreous.doctor.faults`."""
