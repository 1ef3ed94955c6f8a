"""Campaigns as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.commands.console import print_json, print_table, tell
from chimera_tui.domain import formatting
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import CampaignView, CellFigure, CellProgress
from chimera_tui.domain.errors import BadUse
from chimera_tui.domain.formatting import duration, sig3
from chimera_tui.domain.wire import adapter


def print_list(outlines: Sequence[CampaignOutline], *, as_json: bool) -> None:
    if as_json:
        listed = adapter(list[CampaignOutline]).dump_python(list(outlines), mode="json")
        print_json({"schema": "chimera.campaigns", "version": 1, "campaigns": listed})
        return
    if not outlines:
        print("no campaign yet; begin one with: chimera campaign run FILE")
        return
    rows = [("id", "name", "state", "cells", "runs", "failed", "spent", "left", "")]
    rows += [
        (
            each.campaign_id,
            each.name,
            str(each.state),
            formatting.count(each.cells),
            f"{each.done:,} of {each.wanted:,}",
            formatting.count(each.failed),
            duration(each.spent_s * 1e9),
            duration(None if each.eta_s is None else each.eta_s * 1e9),
            each.why,
        )
        for each in outlines
    ]
    print_table(rows, right=(3, 4, 5, 6, 7))


def print_view(view: CampaignView, *, as_json: bool) -> None:
    if as_json:
        shown = adapter(CampaignView).dump_python(view, mode="json")
        print_json({"schema": "chimera.campaign", "version": 1, **shown})
        return
    print_list([view.outline], as_json=False)
    print()
    best = {each.cell_id for each in view.best}
    rows = [("cell", "id", "what", "state", "runs", "failed", "decode rate", "TTFT", "")]
    for cell, progress in zip(view.plan.cells, view.progress, strict=True):
        rows.append(
            (
                str(cell.number),
                cell.cell_id,
                cell.label,
                f"{progress.state}{' ★' if cell.cell_id in best else ''}",
                f"{progress.done} of {progress.wanted}",
                str(progress.failed),
                _figures(progress, "decode rate"),
                _figures(progress, "TTFT"),
                progress.error.what if progress.error else progress.why,
            )
        )
    print_table(rows, right=(0, 4, 5))
    for alert in view.alerts:
        tell(f"alert: {alert.words}")


def cell_of(view: CampaignView, name: str) -> str:
    """The id behind a cell's number, id, or the unique beginning of that. Raises BadUse."""
    by_number = [cell.cell_id for cell in view.plan.cells if str(cell.number) == name]
    found = by_number or [cell.cell_id for cell in view.plan.cells if cell.cell_id.startswith(name)]
    if len(found) != 1:
        many = "more than one cell begins" if found else "there is no cell that begins"
        raise BadUse(f"{many} with {name!r}", next_="`chimera campaign show` lists them with number and id.")
    return found[0]


def _figures(progress: CellProgress, metric: str) -> str:
    """`A 41.2 ±0.3, B 38.0 ±0.5 tok/s`."""
    told = [each for each in progress.figures if each.metric == metric and each.mean is not None]
    return ", ".join(f"{each.agent.upper()} {_with_interval(each)}".strip() for each in told) or formatting.MISSING


def _with_interval(figure: CellFigure) -> str:
    if figure.mean is None:
        return formatting.MISSING
    spread = None if figure.low is None or figure.high is None else (figure.high - figure.low) / 2
    if figure.unit == "ns":
        return duration(figure.mean) + ("" if spread is None else f" ±{duration(spread)}")
    return sig3(figure.mean) + ("" if spread is None else f" ±{sig3(spread)}") + f" {figure.unit}".rstrip()
