"""Faults of the group train; see `vitreous.doctor.faults`."""
