"""What a webhook is told of an audit event or an alert, and how the receiver knows that we said it.

The signature is over the time and the body, so that a post that somebody kept cannot be sent again
much later. docs/topics/webhooks.md describes both for those who receive them.
"""

import enum
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from router.lines_out import rfc3339
from router.release.state import Status
from router.store.audit import Event

RELEASE: Final = "release"
ROLLBACK: Final = "rollback"
ALERT: Final = "alert"

Document = Mapping[str, Any]


class Posted(enum.StrEnum):
    """What became of a post: it is failed as often as it is tried in vain, and given up once."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Message:
    """One post, the same at each attempt. ``delivery`` is its name."""

    kind: str
    delivery: str
    service: str
    body: bytes

    def headers(self, secret: str, at: float) -> dict[str, str]:
        """Return what goes with the body when it is sent ``at`` this time (Unix seconds)."""
        moment = int(at)
        return {
            "content-type": "application/json",
            "x-gray-event": self.kind,
            "x-gray-delivery": self.delivery,
            "x-gray-signature": f"t={moment},v1={signature(secret, moment, self.body)}",
        }


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return the HMAC-SHA256 of ``t.body`` in hex."""
    signed = b"%d.%b" % (moment, body)
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def kind_of(event: Event) -> str | None:
    """Say what an event is to a webhook; None for what has changed nothing."""
    if not event.accepted or event.new is None or event.new == event.old:
        return None
    if event.old is None:
        return ROLLBACK if event.new["status"] == Status.ROLLED_BACK else RELEASE
    # Every rollback, and nothing else, begins another epoch.
    return ROLLBACK if event.new["epoch"] > event.old["epoch"] else RELEASE


def message(event: Event, kind: str, delivery: str, replica: str) -> Message:
    """Write an event down. Where its command came from is for the audit log alone."""
    old: Document = event.old or {}
    new: Document = event.new or {}
    body = {
        "delivery": delivery,
        "type": kind,
        "at": rfc3339(event.at),
        "replica": replica,
        "sequence": event.sequence or None,
        "service": event.service,
        "command": event.command,
        "by": event.who,
        "reason": event.why,
        "percent": _percent(new),
        "percent_before": _percent(old),
        "status": new["status"],
        "stage": new["stage"],
        "epoch": new["epoch"],
        "revision": new["revision"],
        "pending": _pending(new["pending"]),
    }
    return Message(kind, delivery, event.service, orjson.dumps(body))


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about the fleet that people should know.

    is_over: whether it is so no more. at: Unix seconds. sequence: the number of its event in the
    audit log. fence: of the leader who tells it; a higher one is of a later leader.
    """

    name: str
    reason: str
    is_over: bool
    at: float
    sequence: int
    fence: int


def alert_message(alert: Alert, delivery: str, replica: str) -> Message:
    """Write an alert down."""
    body = {
        "delivery": delivery,
        "type": ALERT,
        "at": rfc3339(alert.at),
        "replica": replica,
        "sequence": alert.sequence,
        "alert": alert.name,
        "is_over": alert.is_over,
        "reason": alert.reason,
        "fence": alert.fence,
    }
    return Message(ALERT, delivery, "", orjson.dumps(body))


def _pending(pending: Document | None) -> Document | None:
    if pending is None:
        return None
    return {
        "command": pending["command"],
        "percent": _percent(pending),
        "by": pending["by"],
        "reason": pending["reason"],
        "expires_at": rfc3339(pending["expires_at"]),
        "approved_by": pending["approved_by"],
    }


def _percent(release: Document) -> float:
    share: int = release.get("share", 0)
    return share / 100
