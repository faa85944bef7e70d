"""Recorded requests are asked of both variants, and their answers compared: before an AI has users.

Rules of residence:
1. Readers (`jsonl`, `goreplay`, `vault`) turn what somebody recorded into `entries`, strictly: what
   cannot be understood is said with its place and is no request; the rest goes on.
2. `choosing` says what is sent at all, `limits` how fast and until when; `sending` is the only one
   that speaks to backends.
3. Nothing here judges: `compare` says how two answers differ, `evidence` how sure a rate is.
"""
