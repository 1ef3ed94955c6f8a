"""What campaigns ask of the disk and of the servers, and the desk that is plugged together with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chimera_tui.campaign.desk import Around, Desk
from chimera_tui.daemon.alert_command import AlertTeller
from chimera_tui.daemon.clock import SystemClock
from chimera_tui.daemon.hub import Hub
from chimera_tui.domain.errors import ChimeraError, FileNotReadable
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.options import AgentSettings
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.ports import ModelServer
from chimera_tui.services.journal.journal import Journal
from chimera_tui.services.ollama.host import parse_host


def desk_of(conductor: Conductor, journal: Journal, server: ModelServer, hub: Hub) -> Desk:
    """The daemon's only one."""
    return Desk(
        Around(
            conductor=conductor,
            store=journal.campaigns,
            shapes=ModelShapes(server),
            sink=hub,
            clock=SystemClock(),
            read_host=parse_host,
            read_prompts=read_prompts,
            raised=AlertTeller(hub).raised,
        )
    )


class ModelShapes:
    """Implements `campaign.ports.Shapes`."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server

    async def shape(self, settings: AgentSettings) -> ModelInfo:
        try:
            return await self._server.show(settings.host, settings.model)
        except ChimeraError:  # its runs will tell what is wrong with it
            return ModelInfo(settings.model)


def read_prompts(folder: str, campaign_file: str) -> Mapping[str, str]:
    """Every `*.md` of a folder that is named as seen from the campaign file. Raises FileNotReadable."""
    path = Path(campaign_file).parent / folder
    try:
        return {file.stem: file.read_text(encoding="utf-8") for file in sorted(path.glob("*.md"))}
    except (OSError, UnicodeDecodeError) as error:
        raise FileNotReadable(
            f"the prompts can not be read: {error}", where=str(path), next_="Check the folder and its files."
        ) from error
