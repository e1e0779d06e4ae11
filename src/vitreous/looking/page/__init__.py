"""A trace as one offline page: drawn, every step forward and back, every element openable to the sum it is made of."""
