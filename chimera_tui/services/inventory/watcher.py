"""The watcher process: scans, then tells every change as a delta, until its standard input closes.

First frame in: the roots as a frame, and `force_polling`. Frames out: `("folders", folders)` with what is new, by
columns, `("files", changed, removed, moved)`, `("scanned", files, folders, duration_ns)` once,
`("mode", mode, reason)` whenever it differs, and `("rushed", most)` when more changes come than may be told.

It looks, then watches, then looks again: the first names are out before the watch is made, and what happened in
between is found by the second look. From then on events are hints, `lstat` decides, and a sweep over the folders'
mtimes repairs what inotify dropped without a word.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import BinaryIO

from chimera_tui.services import pipes
from chimera_tui.services.inventory.columns import Columns, to_columns
from chimera_tui.services.inventory.hints import Hints, HintsLost, NoWatch
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import BATCH, Row
from chimera_tui.services.inventory.sigio import Sigio
from chimera_tui.services.inventory.tree import Tree

_SWEEP_S = 5.0
_ROOTS_S = 0.5
_POLL_S = 1.0
_POLL_SHARE = 10
"""Polling may take a tenth of the time: a pass of 0.3 s is made every 3 s."""
_RETRY_S = 60.0
"""How long polling goes on before inotify is tried again: somebody may have raised the limit."""
_MANY_HINTS = 4_000
"""As many hints at once say that the queue may have run over."""
_FULL_S = 20.0
"""A look at everything costs 0.3 s for 100k files; doubt under lasting load must not repeat it at every sweep."""
_BROKEN_S = 0.2
"""Pause before a broken watch is made anew, so that a file that breaks it all the time costs little."""
_ATTEMPTS = 20
_AHEAD_S = 2.0
"""So many seconds' worth of changes may come at once: a folder of files that is removed is told at once."""
_LONGEST_REST_S = 5.0
_SAID_EVERY_S = 60.0

Send = Callable[[pipes.Frame], None]


class Watcher:
    """One life of the watcher. `send` raises BrokenPipeError when nobody listens any more."""

    def __init__(self, roots: Roots, send: Send, commands: BinaryIO, *, force_polling: bool = False) -> None:
        self._roots = roots
        self._send = send
        self._commands = commands
        self._force_polling = force_polling
        self._tree = Tree(roots)
        self._sigio = Sigio()
        self._mode = ("", "")
        self._next_sweep = self._next_roots = self._next_remake = self._next_full = 0.0
        self._paid_s = self._said_s = -math.inf
        """Until when what was told has used up what may be told; when it was said that this is too much."""
        self._doubt = False
        self._unexplained: set[str] = set()
        """Folders in which the last sweep found what no hint had told; one that is under way will."""
        self._unwatched: list[str] = []
        """Folders that watchfiles can not watch; listed again every half second."""

    def run(self) -> None:
        """Until the other side closes our input."""
        self._sigio.watch(self._commands.fileno())  # a wait ends at once when it closes
        self._first_scan()
        while self._force_polling and self._alive():
            self._poll("asked for", for_s=_RETRY_S)
        while self._alive():
            try:
                self._follow()
            except NoWatch as error:
                self._poll(str(error), for_s=_RETRY_S)
            except HintsLost:
                self._tree.relist_all()
                self._flush()
                self._alive(_BROKEN_S)

    def _alive(self, wait_s: float = 0.0) -> bool:
        return not pipes.input_waits(self._commands, wait_s)

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
        self._paid_s = -math.inf
        gc.freeze()
        gc.enable()

    # ---- inotify ---------------------------------------------------------------------------------------

    def _follow(self) -> None:
        hints = self._watch_all()
        try:
            self._tree.relist_all()
            while self._alive():
                self._step(hints)
                if self._tree.fresh and time.monotonic() >= self._next_remake:
                    hints = self._remake(hints)
                self._flush()
                self._tell_watch_mode()
                self._rest()
        finally:
            hints.close()

    def _watch_all(self) -> Hints:
        """A watch on every known folder. Raises NoWatch when there is no room for it."""
        for _ in range(_ATTEMPTS):
            fresh = set(self._tree.fresh)
            folders, self._unwatched = self._tree.watchable_folders()
            try:
                hints = Hints(folders, self._sigio)
            except (FileNotFoundError, PermissionError):
                self._tree.relist_all()
                continue
            self._tree.fresh -= fresh
            # folders that come by the thousand must not make the watch anew each time
            self._next_remake = time.monotonic() + 5 * hints.cost_s
            return hints
        raise NoWatch("folders vanish faster than they can be watched")

    def _remake(self, old: Hints) -> Hints:
        """Watch the new folders too; what was written into them before is found by listing them again."""
        fresh = set(self._tree.fresh)
        new = self._watch_all()
        try:
            self._tree.look(old.wait(0))
        finally:
            old.close()
        for path in fresh:
            if self._tree.knows(path):
                self._tree.relist(path)
        return new

    def _step(self, hints: Hints) -> None:
        paths = hints.wait()
        self._tree.look(paths)
        self._doubt |= len(paths) >= _MANY_HINTS
        if self._unexplained:
            self._unexplained.difference_update(path.rpartition("/")[0] for path in paths)
        now = time.monotonic()
        if now >= self._next_roots:
            self._next_roots = now + _ROOTS_S
            self._look_at_roots()
        if now >= self._next_sweep:
            self._sweep(hints)
            self._next_sweep = time.monotonic() + _SWEEP_S

    def _sweep(self, hints: Hints) -> None:
        self._doubt |= bool(self._unexplained)
        self._unexplained.clear()
        stale = self._tree.stale(self._tree.folders())
        if stale:
            # a hint that is still under way explains most of them
            self._tree.look(hints.wait(0))
            for path in self._tree.stale(stale):
                if self._tree.relist(path):
                    self._unexplained.add(path)
        if self._doubt and time.monotonic() >= self._next_full:
            self._doubt = False
            self._next_full = time.monotonic() + _FULL_S
            self._tree.relist_all()
        self._tree.look_at_links()

    def _look_at_roots(self) -> None:
        for root in self._roots.paths:
            if self._tree.replaced(root):
                self._tree.relist(root)
        for path in self._unwatched:
            if self._tree.knows(path):
                self._tree.relist(path)

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
            self._tree.fresh.clear()
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
        self._paid_s = (
            max(self._paid_s, time.monotonic()) + len(self._tree.delta) / self._roots.limits.changes_per_second
        )
        delta = self._tree.take_delta()
        if delta.removed:
            self._tell(delta.all_changed(), delta.removed, delta.moved())
        else:
            self._tell_folders(delta.folders)
            self._tell(delta.changed, (), {})

    def _rest(self) -> None:
        """When more was told than may be: hints gather meanwhile, and of each file only its last state is told."""
        now_s = time.monotonic()
        over_s = self._paid_s - now_s - _AHEAD_S
        if over_s <= 0:
            return
        if now_s - self._said_s > _SAID_EVERY_S:
            self._said_s = now_s
            self._send(("rushed", self._roots.limits.changes_per_second))
        self._alive(min(over_s, _LONGEST_REST_S))

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
        gone = iter(set(removed) - set(moved.values()))
        rest = iter(changed.items())
        while piece := list(islice(rest, BATCH)):
            pairs = [(moved[path], path) for path, _ in piece if path in moved]
            rows = [(path, *row) for path, row in piece]
            left = islice(gone, max(0, BATCH - len(piece)))
            self._send(("files", rows, [*(old for old, _ in pairs), *left], pairs))
        while names := list(islice(gone, BATCH)):
            self._send(("files", [], names, []))


def main() -> None:
    """The process: configuration in, frames out."""
    pipes.be_a_child()
    commands, out = sys.stdin.buffer, sys.stdout.buffer
    start = pipes.read_frame(commands)
    if start is None:
        return
    *roots, force_polling = start
    watcher = Watcher(
        Roots.from_frame(*roots),
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
