"""The config's part about the process that compares, and about those of other routers."""

from pydantic import Field

from router.settings.kinds import StreamAge, Switch
from router.settings.kinds_shadow import RecordBytes
from router.settings.section import Section


class StreamSettings(Section):
    """Pairs wait in the Redis of `store` until any router's comparer takes them, encrypted."""

    max_bytes: RecordBytes = Field(
        default=64 * 1024**2,
        description="How much may wait there altogether. Beyond it pairs are dropped and counted.",
        examples=["256MiB"],
    )
    max_age: StreamAge = Field(
        default=3600.0,
        description="How long a pair may wait there; then it is dropped and counted.",
        examples=["15m"],
    )
    judge: Switch = Field(
        default=True,
        description="Whether this router takes pairs from there as well. `false`: it only brings "
        "its own, and others judge them; `gray-router compare` always does.",
        examples=[False],
    )


class ComparerSettings(Section):
    """The process that compares answers."""

    stream: StreamSettings | None = Field(
        default=None,
        description="Share the work with other routers' comparers. It needs a Redis (`store.url`) "
        "and `records.key`. Default: each router judges what its own workers bring.",
    )
