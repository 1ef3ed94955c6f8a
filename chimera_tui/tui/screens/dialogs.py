"""Small modal questions: leaving while something runs, choosing a model, all keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chimera_tui.domain.events import Event, ModelInfo
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.keymap import (
    CAMPAIGN_KEYS,
    CAMPAIGNS_KEYS,
    CELL_RUNS_KEYS,
    COMPARE_KEYS,
    FINDING_KEYS,
    GROWTH_KEYS,
    HISTORY_KEYS,
    MAIN_KEYS,
    OTHER_HELP,
    PANE_KEYS,
    SERIES_KEYS,
    SETTINGS_HELP,
)
from chimera_tui.tui.projection import Projection

Leaving = Literal["detach", "cancel"]


class LeaveScreen(ModalScreen[Leaving | None]):
    """Asked by `q` while a run goes on; gone when it is over, since there is nothing to ask then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,enter", "choose('detach')", "detach", key_display="d", id="leave.detach"),
        Binding("x", "choose('cancel')", "cancel and quit", id="leave.cancel"),
        Binding("escape,q", "stay", "stay", key_display="Esc", id="leave.stay"),
    ]

    def __init__(self, view: Projection) -> None:
        super().__init__()
        self._view = view
        self._run_id = view.run_id

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._words())

    def apply(self, batch: Sequence[Event]) -> None:
        """The cockpit below has taken these; in a series the next run may have begun with them."""
        if not self._view.busy and self.is_current:
            self.dismiss(None)
        elif self._run_id != self._view.run_id:
            self._run_id = self._view.run_id
            self.query_one(Static).update(self._words())

    def _words(self) -> Text:
        keys = (("d", "leave; the run goes on and saves its reports"), ("x", "cancel the run, then quit"))
        text = Text(f"Run {self._run_id} is still going on.\n\n")
        for key, words in (*keys, ("Esc", "stay")):
            text.append(f"{key:>5}", style="bold")
            text.append(f"  {words}\n")
        text.rstrip()
        return text

    def action_choose(self, choice: Leaving) -> None:
        self.dismiss(choice)

    def action_stay(self) -> None:
        self.dismiss(None)


class ModelScreen(ModalScreen[str | None]):
    """Choose one of the server's models."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", key_display="Esc", id="model.close")
    ]

    def __init__(self, models: Sequence[ModelInfo], current: str, for_whom: str) -> None:
        super().__init__()
        self._models = models
        self._current = current
        self._for_whom = for_whom

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="models") as box:
            box.border_title = f"model for {self._for_whom}"
            yield OptionList(*(Option(self._row(model), id=str(i)) for i, model in enumerate(self._models)))

    def on_mount(self) -> None:
        names = [model.name for model in self._models]
        if self._current in names:
            self.query_one(OptionList).highlighted = names.index(self._current)

    @staticmethod
    def _row(model: ModelInfo) -> Text:
        facts = [model.parameter_size, model.quantization, formatting.size(model.size_bytes)]
        if model.block_count:
            facts.append(f"{model.block_count + 1} layers")
        text = Text(printable(model.name), style="bold")
        text.append(f"  {printable(' · '.join(filter(None, facts)))}", style="dim")
        return text

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._models[event.option_index].name)

    def action_close(self) -> None:
        self.dismiss(None)


class HelpScreen(ModalScreen[None]):
    """Every key of the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", "close", key_display="Esc", id="help.close"),
    ]

    def compose(self) -> ComposeResult:
        groups = (
            ("Anywhere", tuple((key.shown, key.help) for key in MAIN_KEYS)),
            ("In every pane", OTHER_HELP),
            ("In the panes of A and B", tuple((key.shown, key.help) for key in (*PANE_KEYS, *FINDING_KEYS))),
            ("In the settings", SETTINGS_HELP),
            ("In the history", tuple((key.shown, key.help) for key in HISTORY_KEYS)),
            ("In a series", tuple((key.shown, key.help) for key in SERIES_KEYS)),
            ("In a comparison", tuple((key.shown, key.help) for key in COMPARE_KEYS)),
            ("In a campaign", tuple((key.shown, key.help) for key in CAMPAIGN_KEYS)),
            ("In the list of campaigns", tuple((key.shown, key.help) for key in CAMPAIGNS_KEYS)),
            ("In the runs of a cell", tuple((key.shown, key.help) for key in CELL_RUNS_KEYS)),
            ("In a plot", tuple((key.shown, key.help) for key in GROWTH_KEYS)),
        )
        text = Text()
        for title, rows in groups:
            text.append(f"{title}\n", style="bold")
            for keys, words in rows:
                text.append(f"  {keys:<19}", style="bold")
                text.append(f"{words}\n")
            text.append("\n")
        text.append("≈ counts chunks (≤ tokens) while an answer is being written; – means not reported.\n")
        text.append("* a change of this setting reloads the model; ⟳ the next request does.\n")
        text.append("⚑ causes that keep a run out of comparisons, • causes that are only told.\n")
        text.append("⌀ in the history: the mean over a run's requests.\n")
        text.append("✓ the files support a number, ✗ contradict it, ≠ have it elsewhere, ? say nothing.\n")
        text.append("★ the best cell, ☆ one that can not be told from it; ▼ worse than its baseline.")
        with VerticalScroll(classes="dialog", id="help") as box:
            box.border_title = "keys"
            yield Static(text)

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def action_close(self) -> None:
        self.dismiss(None)
