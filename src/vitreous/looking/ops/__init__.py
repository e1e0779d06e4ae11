"""One operation a file: formula, forward and backward by hand in NumPy, and the sum behind an element.

A file holds a class derived from `vitreous.looking.operation.Operation`; listing this package finds it. An
operation that torch has and this package has not is shown with torch's numbers and marked as such.
"""
