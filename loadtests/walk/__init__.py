"""200,000 requests while the percentage changes 20 times: `python -m loadtests.walk`.

Every answer is looked at: its status, its length, that it is one user's, that the variant in its
body is the one that `x-gray-variant` names. What each user got at each revision is written down,
and `loadtests.verdict` says whether all of it was right.
"""
