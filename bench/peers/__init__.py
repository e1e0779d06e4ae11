"""The contenders of `bench.digit_classifier`: each runs as ``python -m bench.peers.NAME`` and prints one JSON line."""
