"""The route that compares runs of the journal, in a thread because the mathematics is heavy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from chimera_tui.daemon.answers import json_answer
from chimera_tui.domain.comparison import ComparisonView
from chimera_tui.domain.errors import BadUse
from chimera_tui.domain.runs import RunSummary
from chimera_tui.services.journal.journal import Journal

MOST_RUNS = 1_000
"""Per side."""


def compare_route(journal: Journal) -> Callable[[Request], Awaitable[Response]]:
    """`GET /v1/compare?a=ID,ID…&b=ID[&flagged=1]`; ids may also be their unique beginnings, or `last`."""

    async def answer(request: Request) -> Response:
        a, b = (_names(request, side) for side in ("a", "b"))
        flagged = request.query_params.get("flagged", "0") not in ("", "0")
        return json_answer(ComparisonView, await asyncio.to_thread(_compare, journal, a, b, flagged))

    return answer


def _names(request: Request, side: str) -> list[str]:
    """Raises BadUse."""
    names = [name for text in request.query_params.getlist(side) for name in text.split(",") if name]
    if not names:
        raise BadUse(f"no run for side {side}", next_="Send /v1/compare?a=RUN,RUN&b=RUN,RUN.")
    if len(names) > MOST_RUNS:
        raise BadUse(f"{len(names)} runs for side {side}; {MOST_RUNS} is the most")
    return names


def _compare(journal: Journal, a: list[str], b: list[str], flagged: bool) -> ComparisonView:
    """Raises RunNotFound."""
    from chimera_tui.analysis.compare import compare  # with SciPy behind it

    return compare(_runs(journal, a), _runs(journal, b), include_flagged=flagged)


def _runs(journal: Journal, names: list[str]) -> list[RunSummary]:
    return [journal.run(journal.find(name)) for name in names]
