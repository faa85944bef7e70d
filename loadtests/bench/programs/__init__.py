"""Proxies of our own to compare with: programs that `servers/python_program` starts."""
