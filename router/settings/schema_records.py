"""The config's part about what is kept of traffic, and for how long."""

from pydantic import Field

from router.settings.kinds import Duration
from router.settings.kinds_shadow import Detector, RecordBytes, RecordCount, VaultKey
from router.settings.record_key import RecordsKey
from router.settings.section import Section


class RecordsSettings(Section):
    """What is kept of traffic, for how long and how much. The oldest go first."""

    key: VaultKey = Field(
        default=None,
        repr=False,
        description="Key of the vault (AES-256-GCM), the same on all replicas: with it whole pairs "
        "are kept, encrypted, where `compare.record` is `full`. Write it as `${RECORDS_KEY}`. "
        "Default, and where it is empty: no vault.",
        examples=["6f70656e73736c2072616e64202d6865782033322067697665732061206b6579"],
    )
    former_keys: tuple[VaultKey, ...] = Field(
        default=(),
        repr=False,
        description="Keys that open and seal nothing new: those that were `key` before, until what "
        "they have sealed is older than `max_age`, or the one that will be next. Write them as "
        "`${RECORDS_FORMER_KEY}`; empty ones are left out. Default: none.",
        examples=[["6f70656e73736c2072616e64202d6865782033322067697665732061206b6579"]],
    )
    max_age: Duration = Field(
        default=30 * 86400.0, description="How long a record is kept.", examples=["7d"]
    )
    max_count: RecordCount = Field(
        default=100_000, description="How many records are kept.", examples=[10_000]
    )
    max_bytes: RecordBytes = Field(
        default=1024**3, description="How much they may take altogether.", examples=["256MiB"]
    )
    detectors: tuple[Detector, ...] = Field(
        default=("card", "email", "bearer"),
        description="What is looked for in all that is kept, beside what `compare.mask` names, and "
        "hidden: numbers of cards, addresses of mail, credentials. They find much and not all. "
        "`[]` switches them off.",
        examples=[["card", "email", "bearer"]],
    )

    @property
    def opening_keys(self) -> tuple[RecordsKey, ...]:
        """Return all keys that open, each once; the first one is `key`, where there is one."""
        return tuple(dict.fromkeys(key for key in (self.key, *self.former_keys) if key))
