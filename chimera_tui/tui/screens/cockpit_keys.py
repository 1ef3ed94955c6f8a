"""The keys of the cockpit for what it does not do itself: it asks the app, through messages."""

from __future__ import annotations

from textual.message import Message

from chimera_tui.tui.screens.run_keys import RunKeys


class CockpitKeys(RunKeys):
    """Runs, and beside them what lies over the cockpit, the servers, and the way out."""

    class LeaveWanted(Message):
        def __init__(self, ask: bool) -> None:
            self.ask = ask
            super().__init__()

    class RefreshWanted(Message):
        pass

    class HistoryWanted(Message):
        pass

    class CampaignsWanted(Message):
        pass

    def action_refresh_servers(self) -> None:
        self.post_message(self.RefreshWanted())

    def action_history(self) -> None:
        self.post_message(self.HistoryWanted())

    def action_campaigns(self) -> None:
        self.post_message(self.CampaignsWanted())

    def action_detach(self) -> None:
        self.post_message(self.LeaveWanted(ask=False))

    def action_leave(self) -> None:
        self.post_message(self.LeaveWanted(ask=True))

    def action_help(self) -> None:
        from chimera_tui.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_command_palette(self) -> None:
        self.app.action_command_palette()
