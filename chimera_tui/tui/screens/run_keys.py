"""The keys that begin, repeat and cancel runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunMode
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.repeat_count import RepeatCount
from chimera_tui.tui.widgets.key_bar import Keys

if TYPE_CHECKING:
    from chimera_tui.domain.runs import RunRequest

_OTHER_DIGITS = "03456789"
"""1 and 2 run one agent unless a count is being typed."""


class RunKeys(Screen[None]):
    """Base of the cockpit: asks the app for runs through messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(d, f"count('{d}')", "count", show=False, id=f"run.count{d}") for d in _OTHER_DIGITS),
        Binding("escape", "drop_count", "no count", show=False, id="run.drop_count"),
    ]

    class RunWanted(Message):
        def __init__(self, request: RunRequest) -> None:
            self.request = request
            super().__init__()

    class CancelWanted(Message):
        pass

    class RetryWanted(Message):
        pass

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.projection = Projection()
        self._mode: RunMode = "together"
        self._count = RepeatCount()
        self._warmup = 0
        self._wish: RunRequest | None = None
        """Asked for before the daemon had told what goes on."""

    def say(self, level: str, text: str) -> None:
        """A word in the message line; an empty text takes it back."""
        raise NotImplementedError

    def tell_typed(self, text: str) -> None:
        """What is being typed, in the message line before everything else; empty when nothing is."""
        raise NotImplementedError

    def run_wanted(self, request: RunRequest) -> None:
        """A run was asked for; the daemon has not been told yet."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are off, and the key bar does not show them."""
        view = self.projection
        match action:
            case "run" if view.waiting:
                return parameters == ("both",)  # r: try again now
            case "run" | "count" | "toggle_warmup":
                return not view.busy
            case "repeat_run":
                return view.caught_up and not view.busy and bool(view.run_agents)
            case "cancel_run":
                return view.busy
            case "toggle_order":
                return view.caught_up
            case "drop_count":
                return bool(self._count.typed) or self._wish is not None
        return True

    def typing_keys(self) -> Keys:
        """While a count is typed: 1 and 2 are digits then."""
        if not self._count.typed or self.projection.busy:
            return []
        times = f"run {self._count.runs}×"
        again = [(".", "the last run")] if self.check_action("repeat_run", ()) else []
        return [("0–9", "count"), ("r", times), *again, ("w", "warm-up"), ("Esc", "no count")]

    def action_run(self, which: Literal["a", "b", "both"]) -> None:
        if self.projection.waiting:
            self.post_message(self.RetryWanted())
            return
        if self._count.typed and which != "both":
            self.action_count("1" if which == "a" else "2")
            return
        agents = tuple(AgentId) if which == "both" else (AgentId(which),)
        self._want(agents, self._mode if which == "both" else "together")

    def action_repeat_run(self) -> None:
        self._want(self.projection.run_agents, self.projection.run_mode)

    def _want(self, agents: tuple[AgentId, ...], mode: RunMode) -> None:
        from chimera_tui.domain.runs import RunRequest

        request = RunRequest(agents, mode, repeat=self._count.runs, warmup=self._warmup)
        self.action_drop_count()
        if self.projection.caught_up:
            self._ask_for(request)
        else:
            self._wish = request
            self.say("info", "the run begins as soon as the daemon is there; Esc takes it back")

    def _ask_for(self, request: RunRequest) -> None:
        self.say("info", "")
        self.run_wanted(request)
        self.post_message(self.RunWanted(request))

    def honour_wish(self) -> None:
        """Ask for the run that a key asked for too early, unless one goes on already."""
        if self._wish is None or not self.projection.caught_up:
            return
        wish, self._wish = self._wish, None
        if self.projection.busy:
            self.say("warning", "a run goes on already: the one that was asked for meanwhile is dropped")
        else:
            self._ask_for(wish)

    def action_cancel_run(self) -> None:
        self.post_message(self.CancelWanted())

    def action_toggle_order(self) -> None:
        self._mode = "sequence" if self._mode == "together" else "together"
        order = "in sequence: B reads A's report" if self._mode == "sequence" else "together, on the same facts"
        self.say("info", f"r runs both {order}")

    def action_toggle_warmup(self) -> None:
        self._warmup = 1 - self._warmup
        kept = "one warm-up run comes before the others and is kept apart"
        self.say("info", kept if self._warmup else "no warm-up run")
        if self._count.typed:
            self.tell_typed(self._count.words(self._warmup))

    def action_count(self, digit: str) -> None:
        self._count.type(digit)
        self.tell_typed(self._count.words(self._warmup))
        self.refresh_bindings()

    def action_drop_count(self) -> None:
        self._count.drop()
        self.tell_typed("")
        self.refresh_bindings()
        if self._wish is not None:
            self._wish = None
            self.say("info", "")
