"""Side by side with nginx, HAProxy, Envoy and a plain aiohttp proxy: `make bench`.

servers/   the proxies, one file each
load       wrk
measure    CPU and memory of a family of processes
scenes/    split, events, bulk
results    what was found; figures: what has to be reached; table: both as text
machine    the cores that are used, and what this machine is
"""
