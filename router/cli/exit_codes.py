"""How a command ends: numbers that scripts rely on, the same for every command."""

import enum


class Exit(enum.IntEnum):
    """The exit codes.

    FAILED: or refused, or not everywhere yet. WRONG_USAGE: or a bad config. UNREACHABLE: no admin
    API was reached. SAFE_BY_TIME: a rollback applied, and who has not confirmed it is safe by the
    printed time. INTERRUPTED: as shells have it.
    """

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    UNREACHABLE = 3
    SAFE_BY_TIME = 4
    INTERRUPTED = 130
