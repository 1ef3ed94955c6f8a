"""What a campaign found, written where a colleague can read it without the program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from chimera_tui.analysis.campaign_conclusion import conclude
from chimera_tui.commands.console import print_json, say, tell
from chimera_tui.domain.campaign_view import CampaignRecord, CampaignView
from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.inventory import OWN_OUTPUT
from chimera_tui.domain.names import harmless_json
from chimera_tui.domain.runs import RunSummary
from chimera_tui.formats.campaign_csv import csv, runs_csv
from chimera_tui.formats.campaign_html import html
from chimera_tui.formats.campaign_json import json_document
from chimera_tui.formats.campaign_markdown import markdown


def write_report(
    view: CampaignView, runs: Sequence[RunSummary], reports: Path, out: Path | None, *, as_json: bool
) -> int:
    """Write it into `out`, or beside the reports of its runs. Raises SaveFailed."""
    outline = view.outline
    record = CampaignRecord(outline.campaign_id, outline.begun_utc, view.plan, view.decisions)
    conclusion = conclude(record, runs)
    document = json_document(conclusion, view.plan)
    folder = out or reports / OWN_OUTPUT / f"campaign-{_plain(outline.name)}-{outline.campaign_id}"
    texts = {
        "report.md": markdown(conclusion, view.plan),
        "report.html": html(conclusion, view.plan),
        "cells.csv": csv(conclusion, view.plan),
        "runs.csv": runs_csv(conclusion, view.plan, runs),
        "report.json": harmless_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n",
    }
    _write(folder, texts)
    if as_json:
        print_json(document)
    else:
        for sentence in conclusion.headline:
            tell(sentence)
    say(f"{', '.join(texts)} in {folder}")
    return 0


def _plain(name: str) -> str:
    """A campaign's name as part of a folder's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "unnamed"


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SaveFailed(
            f"the report can not be written: {error.strerror or error}",
            where=str(folder),
            next_="Choose another folder with --out.",
        ) from error
