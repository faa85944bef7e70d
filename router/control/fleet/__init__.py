"""One replica among others: when it may ask AI, who the others are, and what they tell each other.

What follows from what stands in `router/replica`, without a clock or a socket; here it is done.
"""
