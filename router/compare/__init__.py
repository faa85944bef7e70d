"""Did the two answers differ, and how?

Rules of residence: nothing here does I/O or knows a clock; whoever calls brings answers and rules.
Nothing here judges whether a difference is too much: it is described and counted (`evidence` says
how sure a rate is). Workers load `pair` alone.
"""
