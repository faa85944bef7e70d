"""What makes many routers one: who may ask AI, who knows what, and what follows if they disagree.

Rules of residence:
1. No clock, no socket, no store. Times are arguments: seconds of the clock that also counts suspend
   (CLOCK_BOOTTIME), read by whoever asks; Unix time only where people read it.
2. Whatever is decided here errs towards legacy: nothing that is lost, late, doubled or forged gives
   AI a share that it would not have had.
3. The protocol, what it promises and what it assumes: docs/topics/replicas.md.
"""
