"""The comparison process, off everybody's way.

It takes pairs from workers, judges them within its budget, and hands on counts and samples. What it
cannot take is dropped and counted; nobody ever waits for it.
"""
