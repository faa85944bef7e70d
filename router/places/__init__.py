"""Where in a message does a value stand?

Rule 1: what reads a request takes its bytes as they came and never raises on what a client may
send: a value that cannot be read is absent.
Rule 2: names and pointers are compiled once, when a snapshot arrives, from the operator's text:
what is malformed there raises ValueError. A request only reads.
"""
