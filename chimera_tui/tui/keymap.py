"""The keys, as data: one table from which bindings, the key bar and the help are made."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """One action of a screen and its key."""

    id: str
    keys: str
    """Textual's names, comma-separated."""
    shown: str
    """As the key bar and the help write it."""
    action: str
    word: str
    """At most two words, for the key bar."""
    help: str
    bar: bool = True
    """Whether the key bar shows it."""

    def binding(self) -> Binding:
        return Binding(self.keys, self.action, self.word, show=self.bar, key_display=self.shown, id=self.id)


MAIN_KEYS: tuple[Key, ...] = (
    Key("run.both", "r", "r", "run('both')", "run", "Run both agents with the settings shown"),
    Key("run.a", "1", "1", "run('a')", "only A", "Run agent A alone"),
    Key("run.b", "2", "2", "run('b')", "only B", "Run agent B alone"),
    Key("run.repeat", "full_stop", ".", "repeat_run", "again", "Repeat the last run: same agents, same order"),
    Key("run.cancel", "x", "x", "cancel_run", "cancel", "Cancel the run that goes on"),
    Key("run.order", "o", "o", "toggle_order", "order", "Together, or in sequence: B reads A's report", bar=False),
    Key("run.warmup", "w", "w", "toggle_warmup", "warm-up", "One warm-up run before the runs, or none", bar=False),
    Key("settings.focus", "s", "s", "focus_settings", "settings", "Go to the settings"),
    Key("settings.less_gpu", "g", "g", "step_gpu(-1)", "less GPU", "num_gpu one step down", bar=False),
    Key("settings.more_gpu", "G", "G", "step_gpu(1)", "more GPU", "num_gpu one step up", bar=False),
    Key("settings.model", "m", "m", "choose_model", "model", "Choose a model from the server's list"),
    Key("files.filter", "slash", "/", "filter_files", "filter", "Filter the files as you type"),
    Key("runs.history", "h", "h", "history", "history", "The runs so far: look at them, compare them"),
    Key("runs.campaigns", "C", "C", "campaigns", "campaigns", "Campaigns: watch them, steer them", bar=False),
    Key("server.refresh", "f5", "F5", "refresh_servers", "ask", "Ask the servers again", bar=False),
    Key("view.own", "i", "i", "toggle_own_cost", "own cost", "Our own CPU, and bytes to the terminal", bar=False),
    Key("view.theme", "t", "t", "toggle_theme", "theme", "Light or dark", bar=False),
    Key("app.help", "question_mark", "?", "help", "help", "All keys"),
    Key("app.palette", "ctrl+p", "^p", "command_palette", "palette", "Find a command by name", bar=False),
    Key("app.redraw", "ctrl+l", "^l", "app.redraw", "redraw", "Draw the screen anew", bar=False),
    Key("app.suspend", "ctrl+z", "^z", "app.suspend_process", "suspend", "To the shell; fg returns", bar=False),
    Key("app.detach", "d", "d", "detach", "detach", "Leave; what runs goes on"),
    Key("app.quit", "q", "q", "leave", "quit", "Leave; asks when something runs"),
)
"""None of these is a key that tmux or screen takes (ctrl+b, ctrl+a)."""

PANE_KEYS: tuple[Key, ...] = (
    Key("pane.search", "slash", "/", "search", "search", "Search as you type; a capital makes case matter"),
    Key("pane.next_match", "n", "n", "step_match(1)", "next", "The next match, round at the end"),
    Key("pane.previous_match", "N", "N", "step_match(-1)", "previous", "The match before"),
    Key("pane.previous_heading", "left_square_bracket", "[", "jump(-1)", "back",
        "The heading or section before", bar=False),
    Key("pane.next_heading", "right_square_bracket", "]", "jump(1)", "heading", "The next heading or section"),
    Key("pane.copy", "y", "y", "copy", "copy", "Copy what the mouse selected, or the whole answer (OSC 52)"),
    Key("pane.end_search", "escape", "Esc", "end_search", "end", "End the search; then select nothing"),
)  # fmt: skip
"""The keys of an agent's pane while it has the focus."""
FINDING_KEYS: tuple[Key, ...] = (
    Key("pane.next_finding", "n", "n", "step_finding(1)", "finding",
        "With no search: the next number not borne out"),
    Key("pane.previous_finding", "N", "N", "step_finding(-1)", "before", "The one before"),
    Key("pane.fact", "enter", "⏎", "open_fact", "its fact", "Open the file where the fact of a number stands"),
    Key("pane.verdict", "v", "v", "tell_finding", "verdict",
        "What the files say of a number; so does a click"),
    Key("pane.close_finding", "escape", "Esc", "close_finding", "close", "Close what is told of a number"),
)  # fmt: skip
"""Further keys of an agent's pane, for numbers that were checked against the files."""

HISTORY_KEYS: tuple[Key, ...] = (
    Key("history.details", "enter", "⏎", "details", "details", "Requests, waits, flags, hardware of a run"),
    Key("history.mark", "space", "space", "mark", "mark", "Mark a run as one of a group, or unmark it"),
    Key("history.compare", "c", "c", "compare", "compare",
        "The marked runs, or the run before, with this one"),
    Key("history.series", "e", "e", "series", "series", "All runs of a series, beside each other"),
    Key("history.help", "question_mark", "?", "help", "help", "All keys"),
    Key("history.close", "escape,q", "Esc", "close", "back", "Unmark all; back"),
)  # fmt: skip
COMPARE_KEYS: tuple[Key, ...] = (
    Key("compare.flagged", "f", "f", "toggle_flagged", "disturbed", "Count disturbed runs too, or not"),
    Key("compare.close", "escape,q", "Esc", "close", "back", "Back to the history"),
)
DETAILS_KEYS: tuple[Key, ...] = (
    Key("details.close", "escape,q,enter", "Esc", "close", "back", "Back to the history"),
)
SERIES_KEYS: tuple[Key, ...] = (
    Key("series.flagged", "f", "f", "toggle_flagged", "disturbed", "Let disturbed runs count too, or not"),
    Key("series.close", "escape,q,enter", "Esc", "close", "back", "Back to the history"),
)
GROWTH_KEYS: tuple[Key, ...] = (
    Key("growth.next", "down", "↑↓", "column(1)", "column", "The next column"),
    Key("growth.previous", "up", "↑", "column(-1)", "before", "The column before", bar=False),
    Key("growth.beside", "right", "←→", "beside(1)", "beside it", "Beside it: another column, our rate, our TTFT"),
    Key("growth.beside_before", "left", "←", "beside(-1)", "before", "The one before, or nothing", bar=False),
    Key("growth.axis", "x", "x", "axis", "axis", "Over time, or over the number of the row"),
    Key("growth.help", "question_mark", "?", "help", "help", "All keys"),
    Key("growth.close", "escape,q,p", "Esc", "close", "back", "Back to the file"),
)

CAMPAIGN_KEYS: tuple[Key, ...] = (
    Key("campaign.open", "enter", "⏎", "open", "runs", "Runs of the cell; the panes before one has ended"),
    Key("campaign.pause", "p", "p", "steer('pause')", "pause", "Begin no further run"),
    Key("campaign.resume", "p", "p", "steer('resume')", "resume", "Go on with what is missing"),
    Key("campaign.skip", "s", "s", "steer('skip')", "skip", "Leave the cell out"),
    Key("campaign.want", "s", "s", "steer('want')", "want", "Take the skip back"),
    Key("campaign.more", "plus,equals_sign", "+", "repeat(1)", "more", "One run more of the cell"),
    Key("campaign.fewer", "minus", "-", "repeat(-1)", "fewer", "One run fewer of the cell"),
    Key("campaign.first", "f", "f", "steer('first')", "first", "Run the cell before all others"),
    Key("campaign.pane", "tab,shift+tab", "Tab", "next_pane", "map", "Between cells and map; arrows walk in both"),
    Key("campaign.close", "escape,q", "Esc", "close", "back", "Back"),
    Key("campaign.measure", "m", "m", "step_measure", "figure", "The next figure: of A, of B, of the run"),
    Key("campaign.across", "x", "x", "step_axis('x')", "across", "Another axis across the map"),
    Key("campaign.down", "y", "y", "step_axis('y')", "down", "Another axis down the map"),
    Key("campaign.best", "b", "b", "best", "best", "Go to the best cell"),
    Key("campaign.watch", "v", "v", "watch", "watch", "To the panes, which show the run that goes on"),
    Key("campaign.help", "question_mark", "?", "help", "help", "All keys"),
)
"""Of two with one key only one works at a time."""
CAMPAIGNS_KEYS: tuple[Key, ...] = (
    Key("campaigns.open", "enter", "⏎", "open", "open", "Open a campaign"),
    Key("campaigns.help", "question_mark", "?", "help", "help", "All keys"),
    Key("campaigns.close", "escape,q", "Esc", "close", "back", "Back"),
)
CELL_RUNS_KEYS: tuple[Key, ...] = (
    Key("cell.details", "enter", "⏎", "details", "details", "A run in full; the panes for one that goes on"),
    Key("cell.close", "escape,q", "Esc", "close", "back", "Back to the campaign"),
)

OTHER_HELP: tuple[tuple[str, str], ...] = (
    ("5r, 31r, 5.", "So many runs, up to 99; 2 and 10–29 begin with 0"),
    ("Tab, Shift+Tab", "Next, previous pane"),
    ("↑ ↓ PgUp PgDn Home", "Move; a pane that is scrolled up stops following"),
    ("End", "To the end; the pane follows again"),
    ("Enter", "On a file: preview. On a setting: type a value"),
    ("p", "In the preview of csv or json: plot the numbers"),
    ("S", "In the tree: sort by name, size, time, type"),
    ("Esc", "Close what is open"),
)

SETTINGS_HELP: tuple[tuple[str, str], ...] = (
    ("↑ ↓", "Choose a setting"),
    ("← →", "Choose whom it is for: A, both, B"),
    ("- +", "One step down, up"),
    ("0–9", "Type a value; Enter applies it, Esc drops it"),
    ("Del", "Reset to the server's default"),
)
