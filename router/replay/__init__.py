"""Recorded requests are asked of both variants, and their answers compared: before an AI has users.

Rules of residence:
1. Readers (`jsonl`, `goreplay`, `vault`) turn what somebody recorded into `Asked`, strictly: what
   cannot be understood ends the replay before it begins to mean something else.
2. `sending` is the only one that speaks to backends, `run` the only one that knows a pace.
3. Nothing here judges: `compare` says how two answers differ, `evidence` how sure a rate is.
"""
