"""Saves a run's reports: one folder per run, whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.names import to_wire
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary, folder_name
from chimera_tui.engine.ports import AgentText, Saved
from chimera_tui.formats.agent_report import stated, write_agent_report
from chimera_tui.formats.combined_report import write_combined_report
from chimera_tui.formats.inert import inert
from chimera_tui.formats.metrics_grounding import Grounding
from chimera_tui.formats.metrics_json import run_document, to_json

TEMPORARY = ".chimera-tmp"
"""Ending of a folder that is still being written: nothing in it is a saved run."""


class FolderReportStore:
    """Writes `<output>/<UTC time>-<id>/`; where that fails, the same below `fallback`."""

    def __init__(self, output: Path, fallback: Path, *, links_out: bool = False) -> None:
        """`output` is the `chimera_runs` folder of the first root, made when needed; its parent must exist. Where
        it is a link out of the root nothing is written there unless `links_out`: whoever can write into the root
        could choose where our files go."""
        self._output = output
        self._fallback = fallback
        self._links_out = links_out

    def save(self, summary: RunSummary, texts: Sequence[AgentText]) -> Saved:
        """Write what there is, also of a failed or cancelled run.

        When the fallback was needed, the note and the combined report say why. Raises SaveFailed when neither
        can be written.
        """
        files = _files(summary, texts)
        try:
            if not self._output.parent.is_dir():
                raise FileNotFoundError(2, os.strerror(2), str(self._output.parent))
            if not self._links_out and not self._output.resolve().is_relative_to(self._output.parent.resolve()):
                raise OSError(errno.ELOOP, "it is a link out of the directory, and links_out is off")
            return Saved(_write(self._output, summary, files), tuple(files))
        except OSError as first:
            note = f"saved here because {self._output} could not be written: {first.strerror or first}"
        try:
            self._fallback.mkdir(parents=True, exist_ok=True)
            files = _files(summary, texts, note)
            return Saved(_write(self._fallback, summary, files), tuple(files), note)
        except OSError as error:
            raise SaveFailed(
                f"the reports of run {summary.run_id} could not be saved; {note}; "
                f"and neither could {self._fallback}: {error.strerror or error}",
                where=str(self._output),
                next_="Free some space or make one of the folders writable: they are saved then.",
            ) from error


def _files(summary: RunSummary, texts: Sequence[AgentText], note: str = "") -> dict[str, str]:
    """Every file's name and content; an agent that wrote nothing has no report of its own."""
    pairs = [
        (outcome, text)
        for outcome, text in zip(summary.agents, texts, strict=True)
        if text.report.strip() or text.analysis.strip()
    ]
    names = {outcome.agent: f"agent_{outcome.agent.value}_report.md" for outcome, _ in pairs}
    grounding = {outcome.agent: _grounding(outcome.agent, text) for outcome, text in pairs}
    bodies: Mapping[AgentId, str] = {outcome.agent: text.report or text.analysis for outcome, text in pairs}
    files = {
        names[outcome.agent]: write_agent_report(
            summary,
            outcome,
            report=text.report,
            analysis=text.analysis,
            persona=text.system,
            data_summary=text.data_summary,
            grounding=grounding[outcome.agent],
        )
        for outcome, text in pairs
    }
    for outcome, text in pairs:
        if first := grounding[outcome.agent].unrepaired:
            files[first] = inert(text.unrepaired)
    files["combined_report.md"] = write_combined_report(summary, bodies, names, note)
    said = {outcome.agent: stated(outcome, text.report, text.analysis) for outcome, text in pairs}
    files["metrics.json"] = to_json(run_document(summary, said, grounding=grounding))
    return files


def _grounding(agent: AgentId, text: AgentText) -> Grounding:
    """What was checked; a text that was mended is kept, as the model wrote it, in a file of its own."""
    return Grounding(text.checked, text.mended, f"agent_{agent.value}_unrepaired.md" if text.unrepaired else "")


def _write(output: Path, summary: RunSummary, files: Mapping[str, str]) -> str:
    """Write a temporary folder beside the final one, bring it to the disk, then rename. Raises OSError."""
    output.mkdir(exist_ok=True)
    final = _free_name(output / folder_name(summary.run_id, summary.started_utc))
    temporary = final.with_name(f"{final.name}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        temporary.mkdir()
        for name, content in files.items():
            _write_file(temporary / name, content)
        _sync_folder(temporary)
        temporary.rename(final)
        _sync_folder(output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return to_wire(str(final.absolute()))


def _free_name(wanted: Path) -> Path:
    """The wanted path, or with `-2`, `-3`, … where something has that name."""
    path, number = wanted, 1
    while os.path.lexists(path):
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    return path


def _write_file(path: Path, content: str) -> None:
    """Half a surrogate pair, which a model can send, is no UTF-8: it is spelled out."""
    with path.open("xb") as file:
        file.write(content.encode("utf-8", errors="backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
