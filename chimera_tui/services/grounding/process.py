"""The checking process: files and texts in, checked numbers out, until its standard input closes.

While a text is being written it takes a small share of a core, so that it does not disturb what is measured; once
all of them are whole it catches up at full speed.
"""

from __future__ import annotations

import os
import sys
import time

from chimera_tui.services import pipes
from chimera_tui.services.grounding.desk import CheckDesk
from chimera_tui.services.grounding.pace import Pace
from chimera_tui.services.inventory.roots import Roots

TOLD_S = 0.5
"""Between two tellings while there is more to check: each goes on to the journal and to every screen."""
_NICER = 9
"""On top of what any child of ours leaves to others."""


def main() -> None:
    """The process: takes what waits, does one step, and rests when its share is used up."""
    pipes.be_a_child()
    os.nice(_NICER)
    inbox = pipes.FrameInbox(sys.stdin.fileno())
    out = sys.stdout.buffer
    start = inbox.wait()
    if start is None:
        return
    desk = CheckDesk(Roots.from_frame(*start), lambda frame: pipes.write_frame(out, frame))
    try:
        work(desk, inbox, Pace())
    except BrokenPipeError:
        # whoever asked is gone, and Python would complain while it flushes at the end
        os._exit(0)


def work(desk: CheckDesk, inbox: pipes.FrameInbox, pace: Pace) -> None:
    """Until the inbox is at its end."""
    measured = False
    told_s = 0.0
    while True:
        if desk.measured and not measured:
            pace.restart()
        measured = desk.measured
        rest_s = pace.rest_s() if measured else 0.0
        if not desk.busy or (rest_s and time.monotonic() >= told_s + TOLD_S):
            desk.flush()
            told_s = time.monotonic()
        frames = inbox.take(rest_s if desk.busy else None)
        if frames is None:
            return
        for frame in frames:
            desk.take(frame)
        if not frames and desk.busy:
            desk.step()


if __name__ == "__main__":
    main()
