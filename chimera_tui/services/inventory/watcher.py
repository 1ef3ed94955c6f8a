"""The watcher process: scans, then tells every change as a delta, until its standard input closes.

First frame in: `(paths, labels, force_polling)`. Frames out: `("folders", folders)` with what is new, by columns,
`("files", changed, removed, moved)`, `("scanned", files, folders, duration_ns)` once, and `("mode", mode, reason)`
whenever it differs.

Every folder is watched before it is listed. From then on events are hints, `lstat` decides, and a sweep over the
folders' mtimes finds what no event tells: changes that another machine makes on a network file system.
"""

from __future__ import annotations

import gc
import os
import select
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import BinaryIO

from chimera_tui.services import pipes
from chimera_tui.services.inventory.columns import Columns, to_columns
from chimera_tui.services.inventory.hints import Hints, NoWatch
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import BATCH, Row
from chimera_tui.services.inventory.tree import Tree

_SWEEP_S = 10.0
_ROOTS_S = 0.5
_POLL_S = 1.0
_POLL_SHARE = 10
"""Polling may take a tenth of the time: a pass of 0.3 s is made every 3 s."""
_RETRY_S = 60.0
"""How long polling goes on before inotify is tried again: somebody may have raised the limit."""
_FULL_S = 20.0
"""A look at everything costs 0.3 s for 100k files; a queue that keeps running over must not repeat it as often."""
_FIRST_S = 0.003
"""After the first event of a change: a file that is made, written and closed is looked at once."""
_GATHER_S = 0.05
"""From one look to the next while changes come: many cost as much as one."""

Send = Callable[[pipes.Frame], None]


class Watcher:
    """One life of the watcher. `send` raises BrokenPipeError when nobody listens any more."""

    def __init__(self, roots: Roots, send: Send, commands: BinaryIO, *, force_polling: bool = False) -> None:
        self._roots = roots
        self._send = send
        self._commands = commands
        self._force_polling = force_polling
        self._tree = Tree(roots)
        self._mode = ("", "")
        self._hints: Hints | None = None
        self._next_sweep = self._next_roots = self._next_full = 0.0

    def run(self) -> None:
        """Until the other side closes our input."""
        no_watch = "asked for" if self._force_polling else self._watch()
        self._first_scan()
        while self._alive():
            try:
                if self._hints is None:
                    raise NoWatch(no_watch)
                self._follow(self._hints)
            except NoWatch as error:
                self._unwatch()
                self._poll(str(error), for_s=_RETRY_S)
            if not self._force_polling and self._hints is None:
                no_watch = self._watch()
                self._tree.relist_all()

    def _alive(self, wait_s: float = 0.0) -> bool:
        return not pipes.input_waits(self._commands, wait_s)

    def _watch(self) -> str:
        """Watch from now on; why not, if it is not possible."""
        try:
            self._hints = Hints()
        except NoWatch as error:
            return str(error)
        self._tree.watch_with(self._hints)
        return ""

    def _unwatch(self) -> None:
        if self._hints is not None:
            self._tree.watch_with(None)
            self._hints.close()
            self._hints = None

    # ---- the first look --------------------------------------------------------------------------------

    def _first_scan(self) -> None:
        gc.disable()  # a collection over 100k new rows takes longer than a batch of them
        started = time.monotonic_ns()
        for root in self._roots.paths:
            for _ in self._tree.scan(root):
                if len(self._tree.delta) >= BATCH:
                    self._flush()
        self._flush()
        self._send(("scanned", self._tree.file_count, len(self._tree), time.monotonic_ns() - started))
        gc.freeze()
        gc.enable()

    # ---- inotify ---------------------------------------------------------------------------------------

    def _follow(self, hints: Hints) -> None:
        """Until our input closes. Raises NoWatch when there is no room for another folder."""
        self._next_sweep = time.monotonic() + _SWEEP_S
        stdin = self._commands.fileno()
        while True:
            hints.check(len(self._tree))
            self._tree.look(hints.read())
            self._look_around(hints)
            self._flush()
            self._tell_watch_mode()
            looked = time.monotonic()
            until = min(self._next_roots, self._next_sweep) - looked
            ready, _, _ = select.select([stdin, hints.fileno()], [], [], max(0.0, until))
            if stdin in ready:
                return
            if ready:
                time.sleep(max(_FIRST_S, looked + _GATHER_S - time.monotonic()))

    def _look_around(self, hints: Hints) -> None:
        """What no event tells, each when it is due."""
        now = time.monotonic()
        if hints.overflown and now >= self._next_full:
            hints.overflown = False
            self._next_full = now + _FULL_S
            self._tree.relist_all()
        if now >= self._next_roots:
            self._next_roots = now + _ROOTS_S
            self._look_at_roots()
        if now >= self._next_sweep:
            for path in self._tree.stale():
                self._tree.relist(path)
            self._tree.look_at_links()
            self._next_sweep = time.monotonic() + _SWEEP_S

    def _look_at_roots(self) -> None:
        for root in self._roots.paths:
            if self._tree.replaced(root):
                self._tree.relist(root)

    def _tell_watch_mode(self) -> None:
        missing = self._missing()
        self._tell_mode("polling" if missing else "inotify", missing)

    def _missing(self) -> str:
        pairs = zip(self._roots.paths, self._roots.labels, strict=True)
        gone = [label for path, label in pairs if not self._tree.knows(path)]
        return f"{', '.join(gone)} has disappeared; looking for it every half second" if gone else ""

    # ---- polling ---------------------------------------------------------------------------------------

    def _poll(self, reason: str, for_s: float) -> None:
        until = time.monotonic() + for_s
        pause = 0.0
        while time.monotonic() < until and self._alive(pause):
            started = time.monotonic()
            self._tree.relist_all()
            self._look_at_roots()
            self._flush()
            missing = self._missing()
            self._tell_mode("polling", f"{reason}; {missing}" if missing else reason)
            pause = max(_POLL_S, _POLL_SHARE * (time.monotonic() - started))

    # ---- telling ---------------------------------------------------------------------------------------

    def _tell_mode(self, mode: str, reason: str) -> None:
        if (mode, reason) != self._mode:
            self._mode = (mode, reason)
            self._send(("mode", mode, reason))

    def _flush(self) -> None:
        if not len(self._tree.delta):
            return
        delta = self._tree.take_delta()
        if delta.removed:
            self._tell(delta.all_changed(), delta.removed, delta.moved())
        else:
            self._tell_folders(delta.folders)
            self._tell(delta.changed, (), {})

    def _tell_folders(self, folders: Mapping[str, Mapping[str, Row]]) -> None:
        waiting: list[Columns] = []
        files = 0
        for folder, rows in folders.items():
            columns, odd = to_columns(folder, rows)
            self._tell(odd, (), {})
            for piece in columns:
                waiting.append(piece)
                files += len(piece[1])
                if files >= BATCH:
                    self._send(("folders", waiting))
                    waiting, files = [], 0
        if waiting:
            self._send(("folders", waiting))

    def _tell(self, changed: Mapping[str, Row], removed: Iterable[str], moved: Mapping[str, str]) -> None:
        """In pieces; what was moved leaves and comes in one piece."""
        rest = iter(changed.items())
        while piece := list(islice(rest, BATCH)):
            pairs = [(moved[path], path) for path, _ in piece if path in moved]
            rows = [(path, *row) for path, row in piece]
            self._send(("files", rows, [old for old, _ in pairs], pairs))
        gone = iter(set(removed) - set(moved.values()))
        while names := list(islice(gone, BATCH)):
            self._send(("files", [], names, []))


def main() -> None:
    """The process: configuration in, frames out."""
    pipes.be_a_child()
    commands, out = sys.stdin.buffer, sys.stdout.buffer
    start = pipes.read_frame(commands)
    if start is None:
        return
    paths, labels, force_polling = start
    watcher = Watcher(
        Roots.from_frame(paths, labels),
        lambda frame: pipes.write_frame(out, frame),
        commands,
        force_polling=bool(force_polling),
    )
    try:
        watcher.run()
    except BrokenPipeError:
        # whoever listened is gone, and Python would complain while it flushes at the end
        os._exit(0)


if __name__ == "__main__":
    main()
