"""Errors that crossed a process boundary, raised again as what they were."""

from __future__ import annotations

from collections.abc import Mapping

from chimera_tui.domain.errors import ChimeraError, DaemonUnreachable, ErrorInfo


def failure(info: ErrorInfo) -> ChimeraError:
    """The exception that `info` was made of; a plain ChimeraError when its code is unknown here."""
    kind = next((known for known in _kinds(ChimeraError) if known.code == info.code), ChimeraError)
    error = kind(info.what, where=info.where, next_=info.next)
    error.info = info
    return error


def _kinds(base: type[ChimeraError]) -> list[type[ChimeraError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]


def failure_of(document: object, *, where: str) -> ChimeraError:
    """The same from decoded JSON; whatever is no ErrorInfo becomes DaemonUnreachable."""
    if isinstance(document, Mapping):
        fields = [document.get(name) for name in ("code", "what", "where", "next")]
        if all(isinstance(field, str) for field in fields):
            return failure(ErrorInfo(*map(str, fields)))
    return DaemonUnreachable(
        "what answered is not our daemon",
        where=where,
        next_="Stop it with `chimera daemon stop` and try again.",
    )
