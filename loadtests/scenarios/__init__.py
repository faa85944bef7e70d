"""What locust's users do, one file a scenario."""
