"""Faults of the group model; see `vitreous.doctor.faults`."""
