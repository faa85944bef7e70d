"""One pair as the API shows it, to whom it may."""

from typing import Final

import msgspec

from router.compare.sample import Request, Sample, Shown, Side
from router.compare.verdict import Change, Result
from router.control.api.divergence_models import (
    ChangedView,
    ContentsView,
    DifferenceView,
    MessageView,
    PairView,
    RequestView,
    SampleView,
    SideView,
)
from router.lines_out import rfc3339
from router.model import Variant

FOR_REVIEWERS: Final = "what the answers say takes the role reviewer"
KEPT_NOTHING: Final = "`compare.record: metadata` keeps no content"
KEPT_VALUES: Final = "`compare.record: diff` keeps the values that differ, and no more"

METADATA: Final = "metadata"
FULL: Final = "full"


def sample_view(sample: Sample) -> SampleView:
    """Show what is no content."""
    changed = dict.fromkeys((each.field, each.change) for each in sample.differences)
    return SampleView(
        id=sample.id,
        service=sample.service,
        request_id=sample.request.id,
        at=rfc3339(sample.at),
        phase=sample.phase,
        served=None if sample.served is None else Variant(sample.served),
        result=Result(sample.result),
        fields=tuple(ChangedView(field=field, change=Change(how)) for field, how in changed),
        legacy=_side(sample.legacy),
        ai=_side(sample.ai),
    )


def pair_view(sample: Sample, *, may_read: bool) -> PairView:
    """Show a pair. ``may_read``: with what the answers say, as far as it is kept."""
    has_values = may_read and sample.detail != METADATA
    has_all = may_read and sample.detail == FULL
    return PairView(
        **sample_view(sample).model_dump(),
        record=sample.detail,
        route=f"{sample.request.method} {sample.request.target}" if has_values else None,
        legacy_noise=sample.noise[0],
        ai_noise=sample.noise[1],
        decision=sample.decision if has_values else None,
        differences=tuple(map(_difference, sample.differences)) if has_values else None,
        is_more=sample.more,
        contents=_contents(sample) if has_all else None,
        withheld=_why(sample.detail, may_read=may_read),
    )


def _why(detail: str, *, may_read: bool) -> str | None:
    if detail == METADATA:
        return KEPT_NOTHING
    if not may_read:
        return FOR_REVIEWERS
    return None if detail == FULL else KEPT_VALUES


def _side(side: Side) -> SideView:
    return SideView(
        status=side.status or None,
        bytes=side.size if side.status else None,
        ms=round(side.seconds * 1000, 1),
        lost=side.loss or None,
    )


def _difference(shown: Shown) -> DifferenceView:
    values = {"legacy": shown.legacy, "ai": shown.ai}
    there = {side: value for side, value in values.items() if value is not msgspec.UNSET}
    return DifferenceView(
        field=shown.field, change=Change(shown.change), at=shown.at or shown.field, **there
    )


def _contents(sample: Sample) -> ContentsView:
    return ContentsView(
        request=RequestView(
            method=sample.request.method,
            target=sample.request.target,
            **_message(sample.request).model_dump(),
        ),
        legacy=_message(sample.legacy),
        ai=_message(sample.ai),
    )


def _message(message: Request | Side) -> MessageView:
    body = None if message.body is msgspec.UNSET else message.body
    return MessageView(headers=message.fields, kind=message.kind, body=body)
