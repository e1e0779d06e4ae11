"""The doctor inside other people's training loops; each file needs its framework, and only it."""
