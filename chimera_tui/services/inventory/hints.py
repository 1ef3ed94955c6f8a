"""Where something may have happened: watchfiles over exactly the folders that are listed.

watchfiles' own recursion follows links to folders (a link to `/` would watch the whole machine) and enters `.git`;
so it is given every folder by name and made anew when folders appear.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

_DEBOUNCE_MS = 100
_STEP_MS = 25
"""A quiet change is told after one step without another."""
_PAUSE_MS = 200
"""How long a wait lasts when nothing happens: with one step the watcher took 0.6 % of a core so, now 0.3 %."""


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

    def __init__(self, folders: Sequence[str]) -> None:
        from watchfiles import watch  # 45 ms, so after the first names are out

        started = time.monotonic()
        self._changes = watch(
            *folders,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_PAUSE_MS,
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
        self.cost_s = time.monotonic() - started

    def wait(self) -> set[str]:
        """Paths to look at: a step or two after a change, a debounce after many, none after 0.2 s without any.

        Raises HintsLost; a new watch and a look at everything are needed then.
        """
        first, self._first = self._first, set()
        try:
            return first or {path for _, path in next(self._changes)}
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
