"""`POST /api/v1/reload`: serve by the config on disk, or say everything that is wrong with it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import Body, answer, read_body
from router.control.certificates import Renewed
from router.control.reload_report import Cause, Report


class Reloads(Protocol):
    """Carries reloads out (`Reloader`)."""

    async def reload(self, cause: Cause, *, reshuffle: bool = False) -> Report: ...


class ReloadRequest(Body):
    """The body of `POST /api/v1/reload`."""

    reshuffle: bool = Field(
        default=False,
        description="Whether callers of a service that AI has a share of may be divided anew: by "
        "another `split.salt`, `split.key` or `split.cookie`.",
    )


class CertificateView(BaseModel):
    """A certificate that took another one's place."""

    place: str = Field(description="Which one of the config.")
    subject: str = Field(description="Whose it is (RFC 4514); empty where that could not be read.")
    expires: str | None = Field(
        description="Until when it is valid (RFC 3339, UTC); null where that could not be read."
    )


class ReloadView(BaseModel):
    """The answer to a reload."""

    config_hash: str = Field(description="The config that runs now.")
    is_changed: bool = Field(description="Whether it is another one than before.")
    added: tuple[str, ...] = Field(description="Services that are new; they begin at 0 percent.")
    changed: tuple[str, ...] = Field(description="Services that stay, with their release.")
    removed: tuple[str, ...] = Field(description="Services that are gone.")
    needs_restart: tuple[str, ...] = Field(
        description="Keys that changed on disk and keep their running value until a restart."
    )
    certificates: tuple[CertificateView, ...] = Field(
        description="Certificates that took the place of others."
    )
    warnings: tuple[str, ...] = Field(description="What `check` warns of, a sentence each.")
    acknowledged: bool = Field(description="Whether every worker serves by it.")
    missing: tuple[str, ...] = Field(description="The workers that have not acknowledged in time.")
    applied_ms: float = Field(description="Milliseconds until the last acknowledgement.")


@dataclass(frozen=True, slots=True)
class Reload:
    """Passes the call to the reloader."""

    reloader: Reloads

    async def reload(self, request: web.Request) -> web.Response:
        """Read the config again; answer once every worker serves by it, or say which does not."""
        wanted = await read_body(request, ReloadRequest)
        report = await self.reloader.reload(Cause.API, reshuffle=wanted.reshuffle)
        return answer(_view(report), HTTPStatus.ACCEPTED if report.missing else HTTPStatus.OK)


def _view(report: Report) -> ReloadView:
    return ReloadView(
        config_hash=report.config_hash,
        is_changed=report.is_changed,
        added=report.added,
        changed=report.changed,
        removed=report.removed,
        needs_restart=report.needs_restart,
        certificates=tuple(map(_certificate_view, report.certificates)),
        warnings=report.warnings,
        acknowledged=not report.missing,
        missing=report.missing,
        applied_ms=report.applied_ms,
    )


def _certificate_view(certificate: Renewed) -> CertificateView:
    return CertificateView(
        place=certificate.place,
        subject=certificate.subject,
        expires=certificate.expires,
    )
