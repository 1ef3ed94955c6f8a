"""What campaigns ask of the disk and of the servers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chimera_tui.domain.errors import ChimeraError, FileNotReadable
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.options import AgentSettings
from chimera_tui.engine.ports import ModelServer


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
