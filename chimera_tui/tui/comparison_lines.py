"""A comparison as lines: the verdict in words, what differs in the settings, the figures, what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, SettingDifference, Unit
from chimera_tui.domain.inventory import printable
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
_WORDS = {"unknown": "can not tell"}
_NAME = 22
_WIDTHS = (10, 10, 9, 17, 7)
_P_FROM = 84
"""Width from which p has room."""
_WORD_FROM = 96
"""Width from which the verdict's word has room."""


def comparison_lines(view: ComparisonView, width: int) -> list[Line]:
    return [
        *_headline(view, width),
        *_settings(view.settings, width),
        *_metrics(view, width),
        *_left_out(view, width),
        *_list("mind", view.cautions, width, "warn"),
    ]


def _headline(view: ComparisonView, width: int) -> Iterator[Line]:
    for place, sentence in enumerate(view.headline):
        yield from wrapped(printable(sentence), width, "value" if place else "strong")
    yield ()
    for side, runs in (("A", view.a_runs), ("B", view.b_runs)):
        many = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
        yield from wrapped(f"{side} = {many}: {', '.join(runs)}", width, "dim")
    yield ()


def _settings(differences: Iterable[SettingDifference], width: int) -> Iterator[Line]:
    rows = list(differences)
    yield (("what differs", "title"),)
    if not rows:
        yield (("  no setting, model, server or machine differs", "dim"),)
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
    titles = (f"A, n={len(view.a_runs)}", f"B, n={len(view.b_runs)}", "B to A", "95 % interval", "p")
    yield (("figures", "title"), ("   means over the runs", "dim"))
    yield ((f"    {'':<{_NAME}}{_cells(titles, width)}", "label"),)
    for agent, rows in groupby(view.metrics, key=lambda row: row.agent):
        yield ((f"  agent {agent.upper()}" if agent else "  both agents", "strong"),)
        for row in rows:
            yield _metric(row, width)
    yield ()
    for row in view.metrics:
        if row.words and row.words not in view.headline:
            yield from wrapped(printable(row.words), width, "value")
    yield ()


def _metric(row: ComparedMetric, width: int) -> Line:
    sign, style = _SIGNS[row.verdict]
    cells = (
        _value(row.a_mean, row.unit),
        _value(row.b_mean, row.unit),
        _signed(row.difference_percent),
        _interval(row),
        _p(row.p),
    )
    return (
        (f"  {sign} ", style),
        (fit(printable(row.metric), _NAME), "label"),
        (_cells(cells, width), "value"),
        (f"  {_WORDS.get(row.verdict, row.verdict)}" if width >= _WORD_FROM else "", style),
    )


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


def _cells(cells: Sequence[str], width: int) -> str:
    """Texts under their titles; p, which the sentences tell too, goes first when room gets scarce."""
    widths = _WIDTHS if width >= _P_FROM else _WIDTHS[:-1]
    return "".join(" " + fit(text, wide, right=True) for text, wide in zip(cells, widths, strict=False))


def _value(value: float | None, unit: Unit) -> str:
    match unit:
        case "ns":
            return formatting.duration(value)
        case "tok/s":
            return formatting.rate(value)
        case "tokens":
            return formatting.MISSING if value is None else f"{formatting.sig3(value)} tok"
        case "J":
            return formatting.MISSING if value is None else f"{formatting.sig3(value)} J"
    return formatting.sig3(value)


def _signed(percent: float | None) -> str:
    return formatting.MISSING if percent is None else f"{_with_sign(percent)} %"


def _with_sign(value: float) -> str:
    return ("+" if value > 0 else "") + formatting.sig3(value)


def _interval(row: ComparedMetric) -> str:
    if row.low_percent is None or row.high_percent is None:
        return formatting.MISSING
    return f"{_with_sign(row.low_percent)} … {_with_sign(row.high_percent)} %"


def _p(p: float | None) -> str:
    return formatting.MISSING if p is None else "<0.001" if p < 0.001 else f"{p:.2g}"
