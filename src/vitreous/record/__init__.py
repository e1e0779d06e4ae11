"""What happens inside a training step, sampled cheaply enough to leave on."""
