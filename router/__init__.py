"""Gray Router: takes an AI backend live in small steps, and takes it back with one call.

The walk of a request: `control/listening` has bound the socket, `proxy/worker` accepts →
`proxy/downstream` + `http1` parse → `routing/match` → `routing/assign` → `proxy/pool` +
`proxy/upstream` forward → `routing/fallback` → `proxy/downstream` responds → `proxy/counters`
records. `proxy/exchange` calls them in this order: read it first.

The walk of a command: `cli` → `control/api` → `control/conductor` decides by `release` →
`store/ledger` keeps it → `control/served` → `settings/compile` → `control/broadcast` → `wire` →
`processes/worker` has `proxy/worker` swap its snapshot, and acknowledges. A rollback is served
first and kept then: `control/rollbacks`.

The walk of a pair: `routing/shadowing` draws a request, `proxy/shadow` taps and copies it →
`wire/pairs` → `comparer/intake` → `compare/judge` → `compare/tally` and `comparer`'s samples →
`control/comparing` → `store/records` → `evidence/divergence` → `control/api`.

The walk of another config: `control/watch` notices it → `control/reading` → `settings/changes`
judges → `control/endpoints` looks names up → `control/reload` has the conductor adopt it, and then
as above.
"""

__version__ = "0.1.0"
