"""Where something may have happened: watchfiles over exactly the folders that are listed.

watchfiles' own recursion follows links to folders (a link to `/` would watch the whole machine) and enters `.git`;
so it is given every folder by name and made anew when folders appear.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chimera_tui.services.inventory.sigio import Sigio, inotify_descriptors

_STEP_MS = 5
"""watchfiles tells what came when nothing more came for one step, twice this after it was asked."""
_WITH_IT_S = 0.01
"""What follows a change within so long is told together with it: a file is made, written and closed."""
_BETWEEN_S = 0.105
"""Changes that do not end are told this often. Viewers are told every tenth of a second at most: what came a
little faster would wait there for the next one."""
_LOOK_S = 0.5
"""How long a wait lasts when nothing happens."""
_BLIND_S = 0.04
"""The same when inotify's descriptor is not found; 0.4 % of a core."""


class NoWatch(Exception):
    """inotify can not be used; the text says why and what to do."""


class HintsLost(Exception):
    """The watch broke off: make it anew.

    It does over every event of a name that is not UTF-8, also when that file is only opened.
    """


class Hints:
    """An established watch; making it holds the interpreter, 0.1 s for thousands of folders.

    Raises FileNotFoundError or PermissionError over a folder that changed meanwhile, NoWatch for want of room.
    """

    def __init__(
        self,
        folders: Sequence[str],
        sigio: Sigio,
        *,
        descriptors: Callable[[], set[int]] = inotify_descriptors,
    ) -> None:
        """`sigio` belongs to the thread that will wait; `descriptors` finds those that watchfiles opens."""
        from watchfiles import watch  # 45 ms, so after the first names are out

        started = time.monotonic()
        self._sigio = sigio
        self._told = 0.0
        self._asked = False
        known = descriptors()
        self._changes = watch(
            *folders,
            watch_filter=None,
            debounce=_STEP_MS,
            step=_STEP_MS,
            rust_timeout=_STEP_MS,
            yield_on_timeout=True,
            recursive=False,
            force_polling=False,
            ignore_permission_denied=False,  # it would also hide that there are no watches left
            raise_interrupt=False,
            debug=False,
        )
        # the watch is made by the first step of the generator
        try:
            self._first = {path for _, path in next(self._changes, set())}
        except (FileNotFoundError, PermissionError):
            raise
        except (OSError, RuntimeError) as error:
            raise NoWatch(_reason(error, len(folders))) from error
        made = descriptors() - known
        for descriptor in made:
            self._sigio.watch(descriptor)
        self._longest_s = _LOOK_S if made else _BLIND_S
        self.cost_s = time.monotonic() - started

    def wait(self, at_most_s: float = _LOOK_S) -> set[str]:
        """Paths to look at, 20 ms after a change; of changes without end, about ten times a second; none when
        there was none for so long.

        Raises HintsLost; a new watch and a look at everything are needed then.
        """
        first, self._first = self._first, set()
        if first:
            return first
        # what came before the kernel was asked to tell is told by nobody
        timeout_s = min(at_most_s, self._longest_s) if self._asked else 0.0
        self._asked = True
        if self._sigio.wait(timeout_s):
            time.sleep(max(_WITH_IT_S, self._told + _BETWEEN_S - time.monotonic()))
            self._sigio.wait(0)  # of what came meanwhile
            self._told = time.monotonic()
        try:
            return {path for _, path in next(self._changes)}
        except (OSError, RuntimeError, StopIteration) as error:
            raise HintsLost(str(error)) from error

    def close(self) -> None:
        self._changes.close()


def _reason(error: Exception, folders: int) -> str:
    text = str(error)
    if "os error 24" in text or "Too many open files" in text:
        return (
            "no inotify instance or file handle is left: "
            "sudo sysctl fs.inotify.max_user_instances=1024 (now looking every second or so)"
        )
    if "watch limit" in text or "No space left" in text or "os error 28" in text:
        return (
            f"no inotify watches are left for {folders:,} folders: "
            "sudo sysctl fs.inotify.max_user_watches=1048576 (now looking every second or so)"
        )
    return f"inotify can not be used: {text} (now looking every second or so)"
