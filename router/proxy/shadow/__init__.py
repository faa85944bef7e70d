"""Copies of requests, beside the answers that users get.

Rule 1: the primary's bytes, timing and errors never depend on a copy. An exchange tells its tap
what passes and hears nothing back; no exception of ours reaches it (`tap.Tap.on_error` is the one
border); nobody waits for a copy, and what there is no room for is given up.
Rule 2: a request that was drawn is counted once, as paired or with one reason why not.

A request's way here: `shadows` (is it copied?) → `tap` (what passes is kept) → `copy` (somebody
else is asked) → `thinning` (does it stand for others, or another one for it?) → `pairing` → `link`
(to the comparer). `taps` is what a worker's taps share, `way` where copies to one variant go.
"""
