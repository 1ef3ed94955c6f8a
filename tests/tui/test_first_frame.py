"""What a viewer has loaded and done when its first frame is on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal

_VIEWER = """
import sys
from pathlib import Path
from chimera_tui.client.places import daemon_key
from chimera_tui.commands import view
daemon_key(["."])  # asked for before anything is drawn
from chimera_tui.tui.light_textual import leave_out
leave_out()
from chimera_tui.tui.app import ChimeraApp

class Viewer(ChimeraApp):
    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        if renderable is not None:
            Path(sys.argv[1]).write_text("\\n".join(sys.modules))
            self.exit()

Viewer(None).run()
"""

NOT_BEFORE_THE_FIRST_FRAME = {
    "aiohttp",
    "anyio",
    "h11",
    "hashlib",
    "hmac",
    "httpx",
    "importlib.metadata",
    "markdown_it",
    "numpy",
    "plotext",
    "psutil",
    "pydantic",
    "pydantic_core",
    "pygments",
    "pynvml",
    "secrets",
    "sqlite3",
    "ssl",
    "starlette",
    "statistics",
    "tomllib",
    "uvicorn",
    "watchfiles",
    "chimera_tui.analysis",
    "chimera_tui.client.api",
    "chimera_tui.daemon",
    "chimera_tui.domain.campaign",
    "chimera_tui.domain.campaign_outline",
    "chimera_tui.domain.campaign_view",
    "chimera_tui.domain.comparison",
    "chimera_tui.domain.environment",
    "chimera_tui.domain.events",
    "chimera_tui.domain.grounding",
    "chimera_tui.domain.inventory",
    "chimera_tui.domain.run_events",
    "chimera_tui.domain.runs",
    "chimera_tui.domain.series",
    "chimera_tui.domain.statistics",
    "chimera_tui.domain.status",
    "chimera_tui.domain.telemetry",
    "chimera_tui.domain.wire",
    "chimera_tui.engine",
    "chimera_tui.services.inventory",
    "chimera_tui.services.journal",
    "chimera_tui.services.ollama.client",
    "chimera_tui.services.telemetry",
    "chimera_tui.simulator",
    "chimera_tui.tui.campaign_picture",
    "chimera_tui.tui.campaign_words",
    "chimera_tui.tui.comparison_lines",
    "chimera_tui.tui.finding_lines",
    "chimera_tui.tui.fold",
    "chimera_tui.tui.markdown",
    "chimera_tui.tui.refetch",
    "chimera_tui.tui.screens.campaign",
    "chimera_tui.tui.screens.campaigns",
    "chimera_tui.tui.screens.cell_runs",
    "chimera_tui.tui.screens.compare",
    "chimera_tui.tui.screens.dialogs",
    "chimera_tui.tui.screens.feed",
    "chimera_tui.tui.screens.history",
    "chimera_tui.tui.screens.preview",
    "chimera_tui.tui.screens.run_details",
    "chimera_tui.tui.statistics_lines",
    "chimera_tui.tui.steering",
    "chimera_tui.tui.widgets.campaign_cells",
    "chimera_tui.tui.widgets.campaign_columns",
    "chimera_tui.tui.widgets.campaign_geometry",
    "chimera_tui.tui.widgets.campaign_grid",
    "chimera_tui.tui.widgets.campaign_header",
    "chimera_tui.tui.widgets.campaign_map",
    "chimera_tui.tui.widgets.campaign_notes",
    "chimera_tui.tui.widgets.campaign_rows",
    "chimera_tui.tui.widgets.csv_table",
    "chimera_tui.tui.widgets.json_tree",
    "chimera_tui.tui.widgets.live_pane",
    "chimera_tui.tui.widgets.row_list",
    "chimera_tui.tui.widgets.run_rows",
    "textual.widgets._data_table",
    "textual.widgets._input",
    "textual.widgets._markdown",
    "textual.widgets._option_list",
    "textual.widgets._text_area",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The loaded modules, told by a real viewer at its first frame."""
    told: Path = tmp_path_factory.mktemp("first-frame") / "told"
    with Terminal([sys.executable, "-c", _VIEWER, str(told)], size=(120, 36)) as terminal:
        terminal.wait_for_exit()
    return told.read_text().splitlines()


def test_nothing_that_the_first_frame_does_not_need_is_loaded_before_it(seen: list[str]) -> None:
    assert "chimera_tui.tui.screens.main" in seen
    assert sorted(NOT_BEFORE_THE_FIRST_FRAME & set(seen)) == []
