"""A comparison as lines: the verdict in words, what differs in the settings, the figures, what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, SettingDifference
from chimera_tui.domain.comparison_text import (
    difference_text,
    interval_text,
    p_text,
    p_words,
    runs_text,
    value_text,
    verdict_text,
)
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.widgets.lines import Line, fit
from chimera_tui.tui.widgets.lines_scroll import wrapped

_SIGNS = {
    "better": ("▲", "good"),
    "worse": ("▼", "bad"),
    "different": ("≠", "warn"),
    "no difference": ("=", "dim"),
    "unknown": ("?", "dim"),
}
"""(sign, style) of each verdict; the word itself stands at the end of the row."""
_NAME, _LEAST_NAME = 22, 12
_WIDTHS = (10, 10, 9)
"""Of both means and of the difference."""
_SURE = (17, 7)
"""Of the interval and of p: beside the difference, or in a line of their own."""
_VERDICT = 15
_BESIDE = 4 + _NAME + sum(1 + cell for cell in (*_WIDTHS, *_SURE)) + _VERDICT


def comparison_lines(view: ComparisonView, width: int, a_named: str = "", b_named: str = "") -> list[Line]:
    """The names say which runs were asked for, e.g. `series p2m4xy, 5 runs`."""
    return [
        *_side("A", a_named, view.a_runs, width),
        *_side("B", b_named, view.b_runs, width),
        (),
        *_headline(view, width),
        *_settings(view.settings, width),
        *_metrics(view, width),
        *_left_out(view, width),
        *_list("mind", view.cautions, width, "warn"),
    ]


def _side(side: str, named: str, runs: Sequence[str], width: int) -> Iterator[Line]:
    """What was asked for, and which runs of it count."""
    told = f"{side} = {named or runs_text(len(runs))}"
    if not runs:
        told += ": no run counts"
    elif not (len(runs) == 1 and named.startswith(f"run {runs[0]}")):
        told += f": {', '.join(runs)}"
    yield from wrapped(printable(told), width, "dim")


def _headline(view: ComparisonView, width: int) -> Iterator[Line]:
    for place, sentence in enumerate(view.headline):
        yield from wrapped(printable(sentence), width, "value" if place else "strong")
    yield ()


def _settings(differences: Iterable[SettingDifference], width: int) -> Iterator[Line]:
    rows = list(differences)
    yield (("what differs", "title"),)
    if not rows:
        yield (("  no setting, model, server or machine that was recorded differs", "dim"),)
    else:
        side = max(12, min(34, (width - _NAME - 6) // 2))
        yield ((f"    {'':<{_NAME}}{fit('A', side)}  B", "label"),)
        for row in rows:
            a, b = fit(printable(row.a), side), formatting.crop(printable(row.b), side)
            yield ((f"    {fit(_named(row.agent, row.name), _NAME - 1)} ", "label"), (f"{a}  {b}", "value"))
            if row.equal_in_effect:
                told = f"equal in effect: {printable(row.equal_in_effect)}"
                yield ((f"    {'':<{_NAME}}{formatting.crop(told, width - _NAME - 4)}", "dim"),)
    yield ()


def _metrics(view: ComparisonView, width: int) -> Iterator[Line]:
    if not view.metrics:
        return
    titles = (f"A, n={len(view.a_runs)}", f"B, n={len(view.b_runs)}", "B to A")
    sure = _cells(("95 % interval", "p"), _SURE) if width >= _BESIDE else ""
    yield (("figures", "title"), ("   means over the runs", "dim"))
    yield ((f"    {'':<{_name_width(width)}}{_cells(titles, _WIDTHS)}{sure}", "label"),)
    for agent, rows in groupby(view.metrics, key=lambda row: row.agent):
        yield ((f"  agent {agent.upper()}" if agent else "  both agents", "strong"),)
        for row in rows:
            yield from _metric(row, width)
    yield ()
    for row in view.metrics:
        if row.words and row.words not in view.headline:
            yield from wrapped(printable(row.words), width, "value")
    yield ()


def _metric(row: ComparedMetric, width: int) -> Iterator[Line]:
    sign, style = _SIGNS[row.verdict]
    means = (value_text(row.a_mean, row.unit), value_text(row.b_mean, row.unit), difference_text(row))
    sure = (interval_text(row), p_text(row.p))
    beside = _cells(sure, _SURE) if width >= _BESIDE else ""
    yield (
        (f"  {sign} ", style),
        (fit(printable(row.metric), _name_width(width)), "label"),
        (_cells(means, _WIDTHS) + beside, "value"),
        (f"  {verdict_text(row)}", style),
    )
    if not beside and row.low_percent is not None and row.p is not None:
        yield ((f"      95 % interval {sure[0]} · {p_words(row.p)}", "dim"),)


def _name_width(width: int) -> int:
    """Names give way so that the verdict stays in sight."""
    if width >= _BESIDE:
        return _NAME
    return max(_LEAST_NAME, min(_NAME, width - 4 - sum(1 + cell for cell in _WIDTHS) - _VERDICT))


def _left_out(view: ComparisonView, width: int) -> Iterator[Line]:
    rows = [f"{left.run_id} of {left.side.upper()}: {left.why}" for left in view.left_out]
    yield from _list("left out", rows, width, "value")


def _list(title: str, sentences: Iterable[str], width: int, style: str) -> Iterator[Line]:
    rows = list(sentences)
    if not rows:
        return
    yield ((title, "title"),)
    for sentence in rows:
        yield from wrapped(printable(sentence), width, style)
    yield ()


def _named(agent: str, name: str) -> str:
    return f"agent {agent.upper()} {name}" if agent else name


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Texts under their titles."""
    return "".join(" " + fit(text, wide, right=True) for text, wide in zip(cells, widths, strict=True))
