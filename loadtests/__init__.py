"""Load: what the router does when many ask at once, and what that costs.

ground     where processes are started, and where all of them end
admin      the calls of the admin API that a load test needs
verdict    was everybody served by the right variant? (pure)
backends/  legacy and AI, as small and as checkable as they can be
bench/     side by side with nginx, HAProxy, Envoy and aiohttp       `make bench`
faults/    what is promised when something breaks, and what is seen  `make faults`
walk/      200,000 requests while the percentage changes 20 times    `make walk`
load       locust against a fresh router                             `make load`
locustfile, scenarios/                                               the same against any router
"""
