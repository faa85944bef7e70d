"""Every exception that crosses the border of a package; the others are translated within theirs.

    GrayRouterError
    ├── SettingsError           a config file is wrong; carries every problem, not the first
    ├── MalformedMessageError   bytes that are not HTTP/1.x, or not unambiguously so
    ├── CommandRefusedError     a command makes no sense now; nothing has changed
    │   ├── UnknownServiceError     there is no such service
    │   ├── RevisionPassedError     somebody else has changed the release meanwhile
    │   ├── ReleaseRefusedError     the release does not allow it
    │   ├── KeyReusedError          an idempotency key stands for another request already
    │   ├── DrainingError           the router is stopping
    │   └── ConfigRefusedError      the config on disk is wrong; carries every problem
    │       └── ReshuffleError          it is right, but moves callers between the variants
    ├── PairRefusedError        what was posted for comparison is no pair
    ├── WireError               our own processes do not understand each other
    ├── TallyError              kept counts of comparisons cannot be read
    ├── ListenError             an address cannot be listened on
    ├── StateDirError           the folder of a router's state cannot be had
    ├── StoreError              what is remembered cannot be read or kept
    │   ├── NotDurableError         a change cannot be written down; nothing has changed
    │   ├── StoreUnavailableError   the store does not answer: what was asked may have been done
    │   ├── StoreDamagedError       what is stored means nothing
    │   ├── StoreTooNewError        what is stored was written by a newer version
    │   └── StoreNotEmptyError      a store that is to take over another's has something already
    ├── VaultError              what was sealed cannot be opened
    │   └── UnknownKeyError         it was sealed with a key that is not here
    ├── OvertakenError          counts hold what is another comparer's by now, or lost
    ├── UnreadableError         a message of the stream of pairs is none of ours
    ├── PeerError               another replica could not be told
    │   └── PeerMessageError        what it said means nothing, or proves nothing
    ├── UsageError              a command cannot be meant like that
    ├── AdminError              a client command failed
    │   ├── AdminUnreachableError   no admin API answered
    │   └── AdminRefusedError       it answered, and said no
    ├── RecordingError          recorded requests cannot be read
    ├── OutputError             what a command found or did could not be printed
    └── DemoError               the tour could not start, or one of its processes ended

On the request path a failure is a value (`router.routing.fallback.Failure`), not an exception:
exceptions are for settings, commands, and bytes that mean nothing.
"""

from typing import Final


class GrayRouterError(Exception):
    """The root: whoever catches it catches what we raise on purpose, and no bug."""


class SettingsError(GrayRouterError):
    """A config was refused. `problems` are complete sentences, in the order of the file."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems: Final = problems


class MalformedMessageError(GrayRouterError):
    """These bytes may not be passed on: 400 for a client's, 502 for an upstream's.

    `detail` says what was wrong without repeating any byte of the message.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail: Final = detail


class CommandRefusedError(GrayRouterError):
    """The command is not possible now; nothing has changed."""


class UnknownServiceError(CommandRefusedError):
    """No service has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no service {name!r}; there are: {', '.join(known)}")


class RevisionPassedError(CommandRefusedError):
    """The command was based on a revision that is no longer the current one."""

    def __init__(self, service: str, current: int) -> None:
        super().__init__(f"{service} is at revision {current} by now; look at it and ask again")


class ReleaseRefusedError(CommandRefusedError):
    """The release, or its plan, does not allow the command. `code` is that of the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code: Final = code


class KeyReusedError(CommandRefusedError):
    """The request bears the idempotency key of another one."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used for another request")


class DrainingError(CommandRefusedError):
    """The router is on its way out and takes no change any more."""

    def __init__(self) -> None:
        super().__init__("the router is stopping; nothing has changed")


class ConfigRefusedError(CommandRefusedError):
    """A changed config was refused whole; the running one serves on. `problems` are sentences."""

    def __init__(self, message: str, problems: tuple[str, ...]) -> None:
        super().__init__(message)
        self.problems: Final = problems


class ReshuffleError(ConfigRefusedError):
    """The config would move callers of a running release between the variants."""


class PairRefusedError(GrayRouterError):
    """What was posted is no pair; says where, and what is allowed there."""


class WireError(GrayRouterError):
    """A message between our own processes could not be read."""


class TallyError(GrayRouterError):
    """Counts of comparisons were written by a newer version, or are damaged."""


class ListenError(GrayRouterError):
    """An address cannot be listened on."""


class StateDirError(GrayRouterError):
    """`state_dir` cannot be used, or another router has it."""


class StoreError(GrayRouterError):
    """What is remembered cannot be read or kept."""


class NotDurableError(StoreError):
    """The disk is full, read-only or broken: a change is not written down, nothing has changed."""


class StoreUnavailableError(StoreError):
    """The store is busy, closed or away. Only asking again tells whether a change was kept."""


class StoreDamagedError(StoreError):
    """What is stored is not what a router wrote."""


class StoreTooNewError(StoreError):
    """What is stored was written by a newer version, and is not guessed at."""

    def __init__(self, what: str, found: int, known: int) -> None:
        super().__init__(
            f"{what} was written by a newer version: its format is {found}, "
            f"this version reads up to {known}"
        )


class StoreNotEmptyError(StoreError):
    """Only an empty store takes over another one; nothing was written."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not empty: nothing was copied")


class VaultError(GrayRouterError):
    """What was sealed does not open: it is another's, of another key, or was changed."""


class UnknownKeyError(VaultError):
    """It was sealed with a key that nobody has told. ``key`` is that one's name, and no secret."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"this was sealed with the key {key}, which is neither records.key nor in "
            "records.former_keys"
        )
        self.key = key


class OvertakenError(GrayRouterError):
    """Nothing was kept: some of these messages are no longer of whoever counted them.

    Another comparer has them by now, and counts them; or the store knows them no more.
    """

    def __init__(self) -> None:
        super().__init__(
            "another comparer has taken over what these counts are of, or the store has lost it"
        )


class UnreadableError(GrayRouterError):
    """A message of the stream holds no pairs that can be read here; repeats nothing of it."""


class PeerError(GrayRouterError):
    """Another replica could not be told of a rollback: it will be tried again."""


class PeerMessageError(PeerError):
    """What came is no message of a replica. It says what was wrong, and repeats nothing of it."""


class UsageError(GrayRouterError):
    """What a command was told contradicts itself, or is not enough; nothing was asked for."""


class AdminError(GrayRouterError):
    """A client command could not be carried out."""


class AdminUnreachableError(AdminError):
    """No admin API could be reached at any of the addresses."""


class AdminRefusedError(AdminError):
    """The admin API answered with a problem: `problem` is what it said, as JSON."""

    def __init__(self, message: str, problem: dict[str, object]) -> None:
        super().__init__(message)
        self.problem: Final = problem


class RecordingError(GrayRouterError):
    """What is to be replayed is not what it should be. It says where, and repeats nothing of it."""


class OutputError(GrayRouterError):
    """What a command found or did could not be written to stdout."""


class DemoError(GrayRouterError):
    """The tour could not start or go on."""
