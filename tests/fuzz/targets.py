"""What is fuzzed: every reader of bytes that others made, and what must hold of whatever it reads."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from chimera_tui.cli import main
from chimera_tui.commands.check_report import check_report
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.names import from_wire, harmless_json, printable, to_wire
from chimera_tui.domain.wire import decode_event, decode_lines
from chimera_tui.formats.agent_report import write_agent_report
from chimera_tui.formats.agent_report_read import read_agent_report, report_document
from chimera_tui.formats.inert import inert, read_inert
from chimera_tui.formats.markdown_structure import statements
from chimera_tui.formats.metrics_json import read_run_document, run_document, to_json
from chimera_tui.formats.multiagent import read_multiagent
from chimera_tui.formats.results import read_results
from chimera_tui.services.inventory.facts import decoded
from chimera_tui.services.inventory.facts_csv import read_csv
from chimera_tui.services.inventory.facts_json import read_json
from chimera_tui.services.inventory.facts_markdown import read_markdown
from chimera_tui.services.inventory.growth_csv import CsvRows
from chimera_tui.services.inventory.growth_json import JsonLines, NotOneDocument, read_document
from chimera_tui.services.inventory.numbers_csv import harvest_csv
from chimera_tui.services.inventory.numbers_found import Harvest
from chimera_tui.services.inventory.numbers_json import harvest_json
from chimera_tui.services.inventory.numbers_markdown import harvest_markdown
from chimera_tui.services.ollama import told
from chimera_tui.services.ollama.answer import Answer
from chimera_tui.services.ollama.frames import Frame, FrameDecoder, FrameKind, StampSource
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.services.ollama.lines import LineCutter
from chimera_tui.settings import load
from tests.campaign.files import spec_of
from tests.faults.hostile import FORBIDDEN, LINE
from tests.formats.records import outcome, summary
from tests.formats.result_files import DATA
from tests.fuzz.journals import open_journal, seed_journal
from tests.tui.markdown.documents import render
from tests.tui.markdown.test_blocks import assert_presentable

Check = Callable[[bytes], None]
CORPUS = Path(__file__).with_name("corpus")


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    check: Check
    """Raises whatever the reader should not have raised, or AssertionError."""
    seeds: Callable[[], list[bytes]]

    @property
    def folder(self) -> Path:
        return CORPUS / self.name

    def inputs(self) -> list[bytes]:
        """Seeds, and what was kept since it once failed or reached what nothing else did."""
        kept = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [*self.seeds(), *(path.read_bytes() for path in kept)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _refused(reader: Callable[[str], object]) -> Check:
    """Reads it, or says in a sentence without controls why not."""

    def check(data: bytes) -> None:
        try:
            reader(_text(data))
        except ChimeraError as error:
            assert error.info.what
            assert not FORBIDDEN.search(printable(str(error)))

    return check


def _report(data: bytes) -> None:
    text = _text(data)
    check_report(text, (), ())
    statements(text)
    with suppress(ChimeraError):
        json.dumps(report_document(read_agent_report(text)))


def _saved(data: bytes) -> None:
    """Any answer is saved, read back, and holds nothing that a terminal obeys."""
    body = data.decode("utf-8", "replace").replace("\ufeff", "")
    assert read_inert(inert(body)) == body
    written = write_agent_report(summary(), outcome(), report=body, analysis="", persona="P", data_summary="D")
    assert not FORBIDDEN.search(written.replace("\r", ""))
    report = read_agent_report(written)
    assert report.body == body or "\r\n" in written[:40]


def _run(text: str) -> None:
    read = read_run_document(text)
    read_run_document(to_json(run_document(read, {})))


def _facts(data: bytes) -> None:
    text, _ = decoded(data, False)
    if text is None:
        return
    for reader in (read_csv, read_json, read_markdown):
        reader(text)
    for harvest in (harvest_csv, harvest_json, harvest_markdown):
        harvest(text, Harvest())


def _growth(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for rows in (CsvRows(), JsonLines()):
        for start in range(0, len(text), 97):
            rows.feed(text[start : start + 97])
    with suppress(NotOneDocument, ValueError, RecursionError):
        read_document(text)


def _answer(data: bytes) -> None:
    """The lines of an answer, cut anywhere."""
    cutter, answer = LineCutter(), Answer("http://127.0.0.1:11434", "m")
    frames = [Frame(FrameKind.STATUS, StampSource.USER, 1, b'{"status": 200, "headers": {}}')]
    for start in range(0, len(data), 61):
        frames += [
            Frame(FrameKind.LINE, StampSource.USER, start + 2, line)
            for line in cutter.feed(data[start : start + 61])
        ]
    frames.append(Frame(FrameKind.CLOSED, StampSource.USER, len(data) + 3, b'{"clean": true, "why": ""}'))
    with suppress(ChimeraError):
        for item in answer.feed(frames):
            json.dumps(str(item)).encode()


def _refusal(data: bytes) -> None:
    """The body of an answer that is none."""
    answer = Answer("http://127.0.0.1:11434", "m")
    status = {"status": 400 + len(data) % 200, "headers": {"x": _text(data[:20])}}
    frames = [
        Frame(FrameKind.STATUS, StampSource.USER, 1, json.dumps(status).encode()),
        Frame(FrameKind.TAIL, StampSource.USER, 2, data),
        Frame(FrameKind.CLOSED, StampSource.USER, 3, b'{"clean": true, "why": ""}'),
    ]
    try:
        list(answer.feed(frames))
    except ChimeraError as error:
        assert not FORBIDDEN.search(str(error))
    else:
        raise AssertionError("a refusal is an error")


def _told(data: bytes) -> None:
    for reader in (told.version_of, told.listed, lambda found: told.shown("m", found), told.loaded):
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):  # as `OllamaServer` does
            reader(json.loads(_text(data)))


def _frames(data: bytes) -> None:
    with suppress(ValueError):
        FrameDecoder().feed(data)


def _wire(data: bytes) -> None:
    with suppress(ValidationError):
        decode_event(data)
    with suppress(ValidationError):
        decode_lines(data.split(b"\n"))


def _settings(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        with suppress(ChimeraError):
            load({}, environ={}, config=Path(file.name), read_host=parse_host)


def _names(data: bytes) -> None:
    raw = data.decode("utf-8", "surrogateescape")
    assert from_wire(to_wire(raw)) == raw
    assert not FORBIDDEN.search(printable(to_wire(raw)).replace("\t", ""))
    document = json.dumps(data.decode("utf-8", "replace"), ensure_ascii=False)
    assert json.loads(harmless_json(document)) == json.loads(document)
    assert not FORBIDDEN.search(harmless_json(document))


def _pane(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    width = 1 + len(data) % 90
    step = max(41, len(text) // 10)
    assert_presentable(render([text[start : start + step] for start in range(0, len(text), step)], width), width)


def _command(name: str, ending: str) -> Check:
    """What a command prints of a file, in words and as JSON."""

    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"x{ending}"
            path.write_bytes(data)
            for words in ([name, str(path)], [name, str(path), "--json"]):
                out = io.StringIO()
                with redirect_stdout(out), redirect_stderr(out):
                    main(words)
                assert not FORBIDDEN.search(out.getvalue())

    return check


def _of(*texts: str | bytes) -> Callable[[], list[bytes]]:
    return lambda: [text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text for text in texts]


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _results() -> list[bytes]:
    return [path.read_bytes() for path in sorted(DATA.iterdir())]


_OWN = write_agent_report(summary(), outcome(), report=LINE, analysis="", persona="P", data_summary="D")
_CAMPAIGN = 'name = "n"\n[matrix]\nnum_gpu = [20, 999]\n[matrix.a]\nseed = 1\n[repeats]\ncount = 2\n'
_TOML = '[agents]\nnum_gpu = 20\nmodel = "m"\n[agents.a]\nhost = "localhost:1"\n[run]\ntimeout_s = 5\n'
_CHAT = (
    '{"model":"m","created_at":"x","message":{"role":"assistant","content":"Hi \\u001b"},"done":false}\n'
    '{"model":"m","created_at":"x","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",'
    '"total_duration":9,"load_duration":1,"prompt_eval_count":3,"prompt_eval_duration":2,"eval_count":4,'
    '"eval_duration":5}\n'
)
_TAGS = (
    '{"version":"0.9.1","models":[{"name":"m","model":"m","size":5,"digest":"d","details":{"family":"g",'
    '"parameter_size":"4B","quantization_level":"Q4"},"size_vram":5,"context_length":4096}],'
    '"model_info":{"general.architecture":"g","g.block_count":34,"g.context_length":8192}}'
)
_EVENT = '{"kind":"notice","text":"a","level":"info"}\n{"seq":1,"event":{"kind":"notice","text":"a"}}'
_TABLE = 'a,b ms,c\n1,2.5,x\n3,,"y\nz"\n' + '{"a":1,"b":[1,2]}\n' + "| a | b |\n|---|---|\n| 1 ms | 2 |\n"

_AGENT = {"id": "a", "label": "A", "model": "m", "base_url": "u", "prompt": "p", "options": {"num_gpu": 80}}
_REQUEST = {"throughput_tokens_per_sec": 41.5, "ttft_ms": 9, "tokens_generated": 7, "load_duration_ms": 3.5}
_RESULT = {"aggregate_metrics": {"average_ttft_ms": 2.5}, "individual_runs": [_REQUEST], "timestamp": "t"}
_STATED = {"scenario": "s", "run_number": 1, "concurrency_speedup": 1.9, "resource_contention_detected": False}
_ONE = {"config": _AGENT, "execution_time_s": 5, "result": _RESULT}
_TWO = {"collector": _ONE, "insight": _ONE, "summary": _STATED}
_SWEEP = {"agent_a": _AGENT, "agent_b": _AGENT, "runs": [_STATED], "aggregate": {"average_efficiency": 91.5}}

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("results", _refused(read_results), _results),
        Target("multiagent", _refused(read_multiagent), lambda: [_json(_TWO), _json(_SWEEP)]),
        Target("import", _command("import", ".json"), lambda: [*map(_json, (_TWO, _SWEEP)), *_results()]),
        Target("show", _command("show", ".md"), _of(_OWN)),
        Target("show-run", _command("show", ".json"), _of(to_json(run_document(summary(), {})))),
        Target("report", _report, _of(_OWN, LINE)),
        Target("saved", _saved, _of(LINE, "# a\n```\n<b>\n```\n| `a|b` |\n|-|\n[l](javascript:x)")),
        Target("run", _refused(_run), _of(to_json(run_document(replace(summary()), {})))),
        Target("facts", _facts, lambda: [_TABLE.encode(), LINE.encode(), *_results()]),
        Target("growth", _growth, lambda: [_TABLE.encode(), *_results()]),
        Target("answer", _answer, _of(_CHAT, _CHAT.replace("message", "response"))),
        Target("refusal", _refusal, _of('{"error":"model \\u001b[2J not found"}', LINE, "<html>")),
        Target("told", _told, _of(_TAGS)),
        Target("frames", _frames, _of(b"\x03\x01" + bytes(8) + b"\x05\0\0\0hello" + bytes(40))),
        Target("wire", _wire, _of(_EVENT)),
        Target("settings", _settings, _of(_TOML)),
        Target("campaign", _refused(spec_of), _of(_CAMPAIGN)),
        Target("host", _refused(parse_host), _of("localhost:11434", "https://[::1]:1/p", "a b")),
        Target("names", _names, _of(LINE, b"a\xff\x9b")),
        Target("pane", _pane, _of(_OWN, LINE, "- a\n  1. b\n\n> c\n\n| d |\n|-|\n~~~\n日本 e\u0301 👩‍💻")),
        Target("journal", open_journal, seed_journal),
    )
}
