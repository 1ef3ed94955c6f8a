"""Hostile words in every answer, name and file, through every command and every screen: they stay words."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt

from tests.faults.hostile import FORBIDDEN, strangers
from tests.faults.hostile_world import World, hostile_world
from tests.faults.table import LONG, cell
from tests.formats.test_inert import active
from tests.terminal import Terminal

SPELLED_OUT = r"\\(?:x|u00)1b\]52;c;aGk=\\(?:x|u00)07"
"""JSON in a file of a kind that is not read says it in its own way."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with hostile_world(with_campaign=LONG) as made:
        yield made


@cell(
    "hostile text", "every command, plain and as JSON", "output holds no control, bidi control or undecoded byte"
)
def test_no_command_puts_out_a_control(world: World) -> None:
    for said in world.said:
        assert strangers(said.encode()) == []
    assert re.search(SPELLED_OUT, world.said[0])
    for words in world.commands() + (world.campaign_commands() if LONG else []):
        done = world.shell.call(*words)
        assert strangers(done.stdout.encode()) == [], words
        assert strangers(done.stderr.encode()) == [], words


@cell("hostile text", "reports are saved", "the text is kept, without active HTML, scripts or controls")
def test_saved_files_are_text_and_nothing_else(world: World) -> None:
    names = set()
    for path in world.saved:
        text = path.read_text()
        names.add(path.name)
        assert not FORBIDDEN.search(text), path
        if path.suffix == ".md":
            assert [found for found in active(text) if not found.startswith("<!--")] == [], path
            comments = re.findall(r"<!--.*?-->", MarkdownIt("commonmark").render(text))
            assert all(re.fullmatch(r"<!-- chimera:[a-z0-9 ]+ -->", each) for each in comments), path
    assert names >= {"agent_a_report.md", "agent_b_report.md", "combined_report.md", "metrics.json"}


FILES = (
    ("00.csv", "01.json", "02.jsonl", "03.md", "04.txt", "10MB.csv", "10MB.json", "10MB.md")
    if LONG
    else ("03.md",)
)
PANE, HISTORY, DETAILS = "n finding  Tab next pane", "details  space mark", "Esc back"
HOME = "⏎ open  Tab next pane  r run"
Step = tuple[str, str]
"""Keys, and what the screen holds once they are understood."""


def walk() -> Iterator[Step]:
    yield "", HOME
    yield "", SPELLED_OUT  # in the tree, beside the panes of the run before
    for name in FILES:
        yield "/", "words of a path"
        yield f"{name}\r", "⏎ open  Esc all files"
        yield "\x1b[F\r", rf"here/{name}[\s\S]*\\(?:x|u00)1b[\s\S]*Esc closes"
        yield "\x1b[F", "Esc closes"
        if name < "03":
            yield "p", "x axis"
            yield "\x1b", "Esc closes"
        yield "\x1b", "⏎ open  Esc all files"
        yield "\x1b", HOME
    yield "/", "words of a path"  # typed words are no pattern
    yield r"\x1b", r"\\x1b"
    yield "\x1b", HOME
    yield "m", rf"model for[\s\S]*gemma3:latest  begin . {SPELLED_OUT}[\s\S]*Esc close"
    yield "\x1b", HOME
    yield "\t", PANE
    yield "v", "its fact  v verdict  Esc close"
    yield "\x1b", PANE
    yield "/", "Esc end it"
    yield "owned\r", "n next  N previous"
    yield "y", "copied the whole answer"
    yield "\x1b", PANE
    yield "h", rf"✗ \w+ [\s\S]*{HISTORY}"
    yield "\r", rf"{SPELLED_OUT}[\s\S]*\n {DETAILS}"
    yield "\x1b[F", DETAILS
    yield "\x1b", HISTORY
    if LONG:
        yield "c", "disturbed"
        yield "\x1b", HISTORY
    yield "\x1b", PANE
    if LONG:
        yield "C", "Tab map"
        yield "\x1b[B", SPELLED_OUT
        yield "\r", "details  Esc back"
        yield "\x1b", "Tab map"
        yield "\x1b", PANE
    yield "?", r"Anywhere[\s\S]*\n Esc close"
    yield "\x1b", PANE


@cell("hostile text", "every screen, in a real terminal", "it gets no control but the program's own")
@pytest.mark.skipif(not LONG, reason="walks through every screen: `make faults`")
def test_no_screen_sends_a_control(world: World) -> None:
    command = world.shell.command(world.shell.here)
    with Terminal(command, size=(200, 50), environment=world.shell.environment) as terminal:
        for keys, wanted in walk():
            terminal.send(keys)
            terminal.wait_for(wanted, 10)
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
    found = strangers(bytes(terminal.raw))
    copied = [each for each in found if each.startswith("\x1b]52;c;")]
    assert found == copied
    assert len(copied) == 1  # with the key for it
    assert not FORBIDDEN.search(base64.b64decode(copied[0][7:-1]).decode())
