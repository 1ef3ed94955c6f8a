"""The route that tells what the rows of a growing file come to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from chimera_tui.domain.errors import BadUse
from chimera_tui.domain.rows import MOST_COLUMNS, MOST_POINTS, Axis
from chimera_tui.services.inventory.growth import GrowthService

_AXES: tuple[Axis, ...] = get_args(Axis)


def growth_route(growth: GrowthService) -> Callable[[Request], Awaitable[Response]]:
    """`GET /v1/growth?path=…[&column=…&column=…][&points=1000][&axis=time|appeared|row]`."""

    async def answer(request: Request) -> Response:
        query = request.query_params
        path = query.get("path")
        if not path:
            raise BadUse("which file?", next_="Add ?path=<path as the inventory lists it>.")
        columns = query.getlist("column")
        if len(columns) > MOST_COLUMNS:
            raise BadUse(f"{len(columns)} columns; {MOST_COLUMNS} is the most")
        axis = next((known for known in _AXES if known == query.get("axis")), None)
        if axis is None and query.get("axis"):
            raise BadUse(f"there is no axis {query.get('axis')!r}", next_=f"Send one of {', '.join(_AXES)}.")
        told = await growth.ask(path, columns, _points(query.get("points", "1000")), axis)
        return Response(told, media_type="application/json")

    return answer


def _points(text: str) -> int:
    """Raises BadUse."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POINTS)) and 2 <= int(text) <= MOST_POINTS:
        return int(text)
    raise BadUse(f"points must be a whole number from 2 to {MOST_POINTS}, not {text!r}")
