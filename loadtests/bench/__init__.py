"""Side by side with nginx, HAProxy, Envoy and a plain aiohttp proxy: `make bench`.

servers/      the proxies, one file each
scenes/       what is measured, one file each, with the figures that have to be reached
stage         what a scene is given, and how long it may take
turns, costs  proxies that take turns under wrk (load), what is checked meanwhile, and their table
steady        load in an open loop; listening: readers of events; slow_clients, plain_client
measure       CPU and memory of a family of processes
results       what was found; figures: what has to be reached; table: both as text
profile       where a worker's time goes: a program of its own
machine       the cores that are used, and what this machine is
"""
