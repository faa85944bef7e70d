"""Where in a message does a value stand?

Rule 1: every function here takes bytes as they came and never raises on what a client may send: a
value that cannot be read is absent.
Rule 2: names and pointers are compiled once, when a snapshot arrives; a request only reads.
"""
