"""Is the difference enough to act?

Rules of residence: counts come in, e-values and intervals go out; no clock, no I/O, no randomness.
All formulas hold however often one looks, and their state is counts that add up over minutes and
replicas. Everything is computed in logarithms.
"""
