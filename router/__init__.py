"""Gray Router: takes an AI backend live in small steps, and brings everyone back with one call.

The walk of a request: `proxy/listener` accepts → `proxy/downstream` + `http1` parse →
`routing/match` → `routing/assign` → `proxy/pool` + `proxy/upstream` forward → `routing/fallback`
→ `proxy/downstream` responds → `proxy/counters` records. `proxy/exchange` calls them in this
order: read it first.

The walk of a command: `cli` → `control/api` → `release` → `settings/compile` →
`control/broadcast` → `wire` → `proxy/worker` swaps its snapshot and acknowledges.
"""

__version__ = "0.1.0"
