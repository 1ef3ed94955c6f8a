"""What the checking process has to do, in small steps: read files, index their numbers, check lines."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from chimera_tui.analysis.grounding.check import TextChecker
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.services.grounding.frames import entry_of, number_frame
from chimera_tui.services.grounding.lines import LONGEST_LINE, LineCutter
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.pipes import Frame

MOST_NUMBERS = 2_000_000
"""Of all files together: some 100 bytes each while they are put in order."""
_TOLD_LINES = 200
"""Lines that are checked before they are told, when there is no rest before that."""


@dataclass(slots=True)
class _Text:
    """One report on its way."""

    today: str
    cutter: LineCutter = field(default_factory=LineCutter)
    waiting: deque[str] = field(default_factory=deque)
    """Lines that are not checked yet."""
    checker: TextChecker | None = None
    files: int = 0
    lines: int = 0
    told_lines: int = 0
    found: list[Frame] = field(default_factory=list)
    """Claims that are not told yet."""
    whole: bool = False


class CheckDesk:
    """`take` frames, then `step` while `busy`; answers go to `emit`."""

    def __init__(
        self,
        roots: Roots,
        emit: Callable[[Frame], None],
        *,
        most_numbers: int = MOST_NUMBERS,
        read: Callable[[FileEntry, str, Roots], FileNumbers] = read_numbers,
    ) -> None:
        self._roots = roots
        self._read_numbers = read
        self._emit = emit
        self._most_numbers = most_numbers
        self._entries: dict[str, tuple[FileEntry, str]] = {}
        self._numbers: dict[str, FileNumbers] = {}
        """As far as read: what stands here is of the entry as it is now."""
        self._unread: deque[str] = deque()
        self._held = 0
        """Numbers in `_numbers`."""
        self._left_out = 0
        """Files that are not read because there are too many numbers."""
        self._corpus = -1
        self._facts: Facts | None = None
        self._texts: dict[int, _Text] = {}

    # ---- what is asked ---------------------------------------------------------------------------------

    def take(self, frame: Frame) -> None:
        """Note what is to be done."""
        match frame:
            case ("corpus", number, changed, removed, whole):
                self._change(changed, removed)
                if whole:
                    self._corpus = number
                    self._plan()
            case ("open", text, today):
                self._texts[text] = _Text(today)
            case ("text", text, written):
                if text in self._texts:
                    self._texts[text].waiting.extend(self._texts[text].cutter.add(written))
            case ("finish", text):
                if text in self._texts:
                    self._texts[text].waiting.extend(self._texts[text].cutter.finish())
                    self._texts[text].whole = True
            case ("drop", text):
                self._texts.pop(text, None)

    def _change(self, changed: list[Frame], removed: list[str]) -> None:
        for path in (*removed, *(frame[0] for frame in changed)):
            self._entries.pop(path, None)
            old = self._numbers.pop(path, None)
            self._held -= len(old.values) if old else 0
        for frame in changed:
            entry, raw_path = entry_of(frame)
            self._entries[entry.path] = entry, raw_path

    def _plan(self) -> None:
        self._facts = None
        self._left_out = 0
        self._unread = deque(sorted(self._entries.keys() - self._numbers.keys()))

    # ---- what is done ----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a step would do anything."""
        return self._indexing or any(text.waiting or text.whole for text in self._texts.values())

    @property
    def measured(self) -> bool:
        """Whether some text is still being written, so that the process has to keep its pace."""
        return any(not text.whole for text in self._texts.values())

    @property
    def _indexing(self) -> bool:
        return self._corpus >= 0 and self._facts is None

    def step(self) -> None:
        """One file, one index, or one line: of a text that somebody waits for, if there is one."""
        if self._indexing:
            if self._unread:
                self._read(self._unread.popleft())
            else:
                self._index()
            return
        texts = [number for number, text in self._texts.items() if text.waiting or text.whole]
        if texts:
            self._check(next((number for number in texts if self._texts[number].whole), texts[0]))

    def _read(self, path: str) -> None:
        if self._held >= self._most_numbers:
            self._left_out += 1
            return
        numbers = self._read_numbers(*self._entries[path], self._roots)
        self._numbers[path] = numbers
        self._held += len(numbers.values)

    def _index(self) -> None:
        files = [self._entries[path][0] for path in sorted(self._entries)]
        gc.disable()  # nothing of it goes, and a collection would walk through all of it
        self._facts = Facts(files, [self._numbers[path] for path in sorted(self._numbers)])
        gc.freeze()
        gc.enable()
        self._emit(("ready", self._corpus))

    def _check(self, number: int) -> None:
        text = self._texts.pop(number)
        if text.checker is None and self._facts is not None:
            text.checker = TextChecker(self._facts, text.today)
            text.files = len(self._entries)
        if text.checker is None:
            text.waiting.clear()  # of no files nothing can be said
        if text.checker is not None and text.waiting:
            checked = text.checker.feed(text.waiting.popleft())
            text.lines += 1
            text.found.extend(number_frame(each) for each in checked if each.verdict.is_claim)
        if not text.waiting and text.whole:
            self._tell(number, text)
            self._emit(("finished", number, text.files, self._problem(text)))
            return
        if text.lines - text.told_lines >= _TOLD_LINES:
            self._tell(number, text)
        self._texts[number] = text  # behind the others

    def flush(self) -> None:
        """Tell what was found since; to be called before a rest."""
        for number, text in self._texts.items():
            self._tell(number, text)

    def _tell(self, number: int, text: _Text) -> None:
        if text.lines > text.told_lines:
            self._emit(("checked", number, text.lines, tuple(text.found)))
            text.told_lines = text.lines
            text.found.clear()

    def _problem(self, text: _Text) -> str:
        problems = []
        if text.checker is None:
            problems.append("not checked: no file was read")
        if self._left_out:
            problems.append(
                f"more than {self._most_numbers:,} numbers in the files: {self._left_out} files left out"
            )
        if text.cutter.cut:
            lines = "a line was" if text.cutter.cut == 1 else f"{text.cutter.cut} lines were"
            problems.append(f"{lines} longer than {LONGEST_LINE:,} characters and checked up to there")
        return "; ".join(problems)
