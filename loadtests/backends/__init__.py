"""Backends for load tests: each answer says who answered and whom, so that every mistake shows."""
