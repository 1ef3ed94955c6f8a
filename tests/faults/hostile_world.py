"""A reports directory, a server and runs, a campaign among them, all of hostile words, with a real daemon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.commands.conftest import Shell, made_shell
from tests.faults.hostile import LINE, WORDS
from tests.faults.hostile_server import REPORT, HostileServer, hostile_server
from tests.faults.table import LONG

CAMPAIGN = f"""
name = {json.dumps(LINE.replace(chr(0x7F), ""))}
[matrix]
num_gpu = 20
[[cells]]
label = {json.dumps("x" + LINE.replace(chr(0x7F), ""))}
num_ctx = 4096
[repeats]
count = 1
"""


@dataclass(frozen=True, slots=True)
class World:
    shell: Shell
    server: HostileServer
    said: tuple[str, ...]
    """What the commands that made the runs put out."""

    @property
    def saved(self) -> list[Path]:
        """Every file that the runs left in the reports directory."""
        return [path for path in sorted((self.shell.here / "chimera_runs").rglob("*")) if path.is_file()]

    def commands(self) -> list[tuple[str, ...]]:
        """Everything that tells something of the runs and files, and some errors."""
        runs = json.loads(self.shell.call("runs", "--json").stdout)["runs"]
        run, failed = (
            next(each["run_id"] for each in runs if each["state"] == state) for state in ("done", "failed")
        )
        report, metrics = (next(str(path) for path in self.saved if path.name == name) for name in _NAMES)
        return [
            *((*words, *json_) for words in _TOLD for json_ in ((), ("--json",))),
            *(("show", name, *json_) for name in (run, failed, report, metrics) for json_ in ((), ("--json",))),
            *(("check", report, *json_) for json_ in ((), ("--json",))),
            *(("export", form, run, "--include-flagged") for form in _FORMS),
            *(("import", name) for name in (metrics, "00.csv", "01.json", "02.jsonl", "13 \x1b(0.md")),
            *_WRONG,
        ]

    def campaign_commands(self) -> list[tuple[str, ...]]:
        campaign = json.loads(self.shell.call("campaign", "list", "--json").stdout)["campaigns"][0]["campaign_id"]
        told = (("campaign", what, campaign) for what in ("show", "report"))
        runs = [each["run_id"] for each in json.loads(self.shell.call("runs", "--json").stdout)["runs"]]
        compared = ("compare", runs[0], runs[1], "--include-flagged")
        return [(*words, *json_) for words in (*told, compared) for json_ in ((), ("--json",))]


_FORMS = ("llama-bench", "benchstat", "jsonl", "csv", "md") if LONG else ("jsonl", "md")
_NAMES = ("agent_a_report.md", "metrics.json")
_TOLD: tuple[tuple[str, ...], ...] = (
    ("inventory",),
    ("runs",),
    ("campaign", "plan", "night.toml"),
    ("daemon", "status"),
    *([("doctor",)] if LONG else []),
)
_WRONG = (
    ("config", "--model", "\x1b]0;x\x07"),
    ("nothing\x1b[2J",),
    ("show", "\x1b[2J\u202e"),
    ("run", "--\x1b[2J"),
    ("campaign", "show", "\x1b[2J"),
    ("check", "\x9b2J.md"),
    ("export", "csv", "\x9b2J"),
    ("export", "\x1bcsv"),
)


@contextmanager
def hostile_world(*, with_campaign: bool) -> Iterator[World]:
    """A run that is done, one whose server broke off, one that could not begin, and a campaign of two cells."""
    with hostile_server() as server, made_shell() as shell:
        shell.environment.update(OLLAMA_HOST=server.url, CHIMERA_RETRY="0")
        write_files(shell.here)
        (shell.here / "night.toml").write_text(CAMPAIGN)
        said = []
        campaign = [(False, ("campaign", "run", "night.toml"))] if with_campaign else []
        for is_failing, words in (
            (True, ("run",)),
            (False, ("run",)),
            (False, ("run", "--model", f"none{LINE}")),
            *campaign,
        ):
            server.is_failing = is_failing
            done = shell.call(*words)
            said.append(done.stdout + done.stderr)
        server.is_failing = False
        yield World(shell, server, tuple(said))


def write_files(reports: Path) -> None:
    """Each word as a file's name and all of them as a content, for every kind of file that is read."""
    line = LINE.replace("\0", "")  # with it a file counts as binary
    held = line.replace('"', "'").replace(",", ".").replace("\r", "")
    contents = {
        ".csv": f'{held},{held}2,ms\n"{held}",{held},1\nb,c,2\n',
        ".json": json.dumps({LINE: [{LINE: LINE, "ms": 3.5}], "deep": {LINE: {LINE: 1}}}),
        ".jsonl": "".join(json.dumps({LINE: number, "text": LINE}) + "\n" for number in range(3)),
        ".md": REPORT.replace("\0", ""),
        ".txt": LINE,
    }
    for number, word in enumerate(WORDS):
        name = word.replace("/", "").replace("\0", "")
        ending, content = list(contents.items())[number % len(contents)]
        folder = reports / f"d{number} {name}" if number % 4 == 0 else reports
        folder.mkdir(exist_ok=True)
        (folder / f"{number} {name}{ending}").write_text(content)
    for number, (ending, content) in enumerate(contents.items()):
        (reports / f"0{number}{ending}").write_text(content)  # where a reader finds them
    if LONG:
        for ending in (".csv", ".json", ".md"):
            (reports / f"10MB{ending}").write_text(line * (10_000_000 // len(line)))  # one line of ten megabytes
    (reports / "bytes\udcff\udc9b.csv").write_bytes(b"a,b\n\xff\x9b2J,1\n\x00,2\n")
    (reports / "link\x1b[2J").symlink_to("nowhere\x1b]0;x\x07")
