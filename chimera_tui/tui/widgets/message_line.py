"""The line above the keys: the one thing a person should know now."""

from __future__ import annotations

import time
from asyncio import TimerHandle
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.names import printable
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.run_words import causes_spans
from chimera_tui.tui.series_progress import end_words, wait_words
from chimera_tui.tui.timing import once
from chimera_tui.tui.widgets.lines import Line, LinesWidget

if TYPE_CHECKING:
    from chimera_tui.domain.load_conflict import LoadDifference

COUNT_S = 1.0
"""Between looks at the clock while a series waits."""
_LEVELS = {"error": ("✗", "bad"), "warning": ("!", "warn"), "info": ("·", "dim"), "flags": ("", "dim")}


def conflict_sentence(found: Sequence[LoadDifference]) -> str:
    """What the server will do about load-time options that differ, the gravest first."""
    recurring = [each for each in found if each.recurs]
    if all(each.layers is not None for each in recurring):
        return "; ".join(_milder(each) for each in found)
    names = ", ".join(each.name for each in recurring)
    return (
        f"A and B ask one server for different {names}: each request will wait for the other's, "
        f"then reload the model{_unless(recurring)}"
    )


def _milder(each: LoadDifference) -> str:
    if each.layers is not None:
        return (
            f"num_gpu {each.first} and {each.second} are equal in effect (all {each.layers} layers), "
            "yet each change between A and B reloads the model: give both one number"
        )
    who, other, value = ("A", "B", each.first) if each.second is None else ("B", "A", each.second)
    return f"only {who} sets num_gpu: {value} is loaded once, and {other} then works with it too"


def _unless(recurring: Sequence[LoadDifference]) -> str:
    """What the server chooses for an agent that leaves num_ctx to it is known to nobody here."""
    each = recurring[0]
    own = each.first if each.second is None else each.second
    one_left_open = len(recurring) == 1 and None in (each.first, each.second)
    return f", unless {own} is the server's own choice" if one_left_open else ""


def message_line(view: Projection, own: tuple[str, str], width: int) -> Line:
    """The most important of: the viewer's own word, a series that waits or ended early, a failure, a fight, a
    notice, where reports were saved."""
    level, text = own
    if text:
        return _line(level, text, width)
    if view.progress.waits is not None:
        return _line("warning", wait_words(view.progress.waits, time.monotonic_ns()), width)
    if view.progress.ended is not None and (words := end_words(view.progress.ended)):
        return _line("error", words, width)
    for agent, agent_view in view.agents.items():
        if agent_view.error is not None and agent in view.run_agents:
            return _line("error", f"agent {agent.label}: {agent_view.error.sentence()}", width)
    for server in view.servers.values():
        if isinstance(server, ErrorInfo):
            return _line("error", server.sentence(), width)
    if view.conflict:
        return _line("warning", conflict_sentence(view.conflict), width)
    if view.notice is not None:
        return _line(view.notice.level, view.notice.text, width)
    cut = next((v.metrics.facts_cut for v in view.agents.values() if v.metrics.facts_cut), "")
    if cut and view.running:
        return _line("warning", cut, width)
    if view.run_state not in (None, RunState.RUNNING) and view.saved_in:
        if view.saved_note:
            return _line("warning", f"reports saved in {view.saved_in}: {view.saved_note}", width)
        saved = f"reports saved in {_short(view)}"
        if view.summary is not None and view.summary.flags:
            told = "".join(text for text, _ in causes_spans(view.summary.flags, whom=False))
            return _line("flags", f"{told} · {saved}", width)
        return _line("info", saved, width)
    if view.watch_mode in ("polling", "off"):
        return _line("warning", f"{view.watch_mode}: {view.watch_reason}", width)
    return ()


def _short(view: Projection) -> str:
    """Where the reports are, beginning with the root's label when they lie below a root."""
    if view.attached is not None:
        for root, label in zip(view.attached.roots, view.attached.labels, strict=True):
            if view.saved_in.startswith(f"{root}/"):
                return label + view.saved_in.removeprefix(root)
    return view.saved_in


def _line(level: str, text: str, width: int) -> Line:
    sign, style = _LEVELS.get(level, _LEVELS["info"])
    return ((formatting.crop(f" {f'{sign} {printable(text)}'.lstrip()}", width), style),)


class MessageLine(LinesWidget):
    """Give it the projection with `update`; `say` puts a word of the viewer's own before everything else."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._own = ("info", "")
        self._typed = ""
        self._counting: TimerHandle | None = None

    def typing(self, text: str) -> None:
        """What is being typed, before everything else; an empty text takes it back."""
        self._typed = text

    def say(self, level: str, text: str) -> None:
        """An empty text takes the word back."""
        self._own = (level, text)

    def update(self, view: Projection) -> None:
        own = ("info", self._typed) if self._typed else self._own
        self.show([message_line(view, own, self.size.width)])
        if self._counting is not None:
            self._counting.cancel()
        self._counting = once(self, COUNT_S, lambda: self.update(view)) if view.waiting else None
