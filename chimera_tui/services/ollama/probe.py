"""The process that reads one agent's stream: `python -m chimera_tui.services.ollama.probe`.

It does nothing else, so that nothing else delays a time stamp. A request comes as a line of JSON on standard input
(see `Target`), frames leave on standard output (see `frames`); after the last of them the next request may come.
When standard input ends, the parent has gone: the connection is closed, which stops the server's decoding; at once
or, while tokens flow, within a tenth of a second. SIGTERM ends it as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import sys
import time

from chimera_tui.services.ollama.channel import Channel, PlainChannel, Wait
from chimera_tui.services.ollama.frames import FrameKind, StampSource, encode_frame
from chimera_tui.services.ollama.lines import LineCutter
from chimera_tui.services.ollama.outbox import Outbox
from chimera_tui.services.ollama.pieces import Body, Cancelled, ChannelError, End, Status, Target

TELL_SENT_AFTER_NS = 100_000_000
"""A server that shares its cores with the parent shall not find them taken while it reads the request."""
_BACKLOG_BYTES = 64 * 1024 * 1024
"""With this much unread by the parent, the socket is left alone until the pipe moves again."""
_PIPE_BYTES = 256 * 1024
_STDIN, _STDOUT = 0, 1


class Probe:
    """Waits for whichever comes first: bytes of the server, room in the pipe, or the parent's goodbye."""

    def __init__(self) -> None:
        self._outbox = Outbox(_STDOUT)
        self._lines = LineCutter()
        self._last = (0, StampSource.USER)
        self._sent_told = False
        self._sent_due_ns: int | None = None
        self._watched: tuple[bool, bool] | None = None
        self._poller = select.poll()

    def run(self, target: Target) -> None:
        """Raises Cancelled."""
        try:
            channel = _open(target, self._wait)
        except ChannelError as error:
            self._fail(error)
        else:
            try:
                self._pump(channel)
            except ChannelError as error:
                self._fail(error)
            finally:
                channel.close()
        while self._outbox.is_leaving:
            self._wait(_STDOUT, select.POLLOUT, None)
            self._outbox.flush()

    def _pump(self, channel: Channel) -> None:
        """Between two writes to the parent, reads are only stamped and kept: parsing them together is cheaper.

        While they follow closely the parent's goodbye is heeded a few times in 100 ms, else at once.
        """
        self._watch(channel)
        usual = [(channel.fileno(), select.POLLIN)]
        collected = ended = False
        self._sent_due_ns = time.monotonic_ns() + TELL_SENT_AFTER_NS
        while True:
            ready = self._poller.poll(self._patience_ms(collected))
            if ready == usual or (ready and self._attend(ready, channel)):
                collected, ended = True, channel.collect(self._outbox.due_ns())
            if collected and (ended or self._outbox.is_due()):
                collected = False
                if self._receive(channel) or ended:
                    return
                self._watch(channel)
            elif not ready and not collected:
                self._sent_due_ns = None
                self._tell_sent(channel)

    def _patience_ms(self, collected: bool) -> float | None:
        """How long to wait for the next event; None is for ever."""
        if collected:
            return self._outbox.due_in_ms()
        if self._sent_told or self._sent_due_ns is None:
            return None
        return max(0, self._sent_due_ns - time.monotonic_ns()) / 1e6

    def _attend(self, ready: list[tuple[int, int]], channel: Channel) -> bool:
        """Heed the parent and move what waits for the pipe; True when the channel is readable."""
        for fd, _ in ready:
            if fd == _STDIN:
                _heed_parent()
            elif fd == _STDOUT:
                self._outbox.flush()
                self._watch(channel)
        return any(fd == channel.fileno() for fd, _ in ready)

    def _watch(self, channel: Channel) -> None:
        """Wait for the server unless too much is left to write, and for the pipe only if something is."""
        wanted = (self._outbox.backlog_bytes < _BACKLOG_BYTES, self._outbox.is_leaving)
        if wanted != self._watched:
            self._watched = wanted
            self._poller = _poller(channel, *wanted)

    def _receive(self, channel: Channel) -> bool:
        """Tell the parent what was collected; True when it was the end."""
        self._tell_sent(channel)
        ended = False
        for piece in channel.receive():
            match piece:
                case Body():
                    self._last = piece.reads[-1][1:]
                    self._outbox.put_lines(self._lines.cut(piece.reads))
                case Status():
                    answer = {"status": piece.status, "headers": piece.headers}
                    self._outbox.put_json(FrameKind.STATUS, piece.at_ns, answer, piece.source)
                case End():
                    self._end(piece)
                    ended = True
                    break
        self._outbox.flush()
        return ended

    def _tell_sent(self, channel: Channel) -> None:
        if not self._sent_told and channel.sent_ns is not None:
            self._sent_told = True
            self._outbox.put(FrameKind.SENT, channel.sent_ns)
            self._outbox.flush()

    def _end(self, end: End) -> None:
        if tail := self._lines.tail():
            self._outbox.put(FrameKind.TAIL, self._last[0], tail, self._last[1])
        self._outbox.put_json(FrameKind.CLOSED, end.at_ns, {"clean": end.clean, "why": end.why})

    def _fail(self, error: ChannelError) -> None:
        self._outbox.put_json(FrameKind.ERROR, time.monotonic_ns(), {"kind": error.kind, "text": str(error)})
        self._outbox.flush()

    def _wait(self, fd: int, events: int, seconds: float | None) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        poller = select.poll()
        poller.register(_STDIN, select.POLLIN)
        poller.register(fd, events)
        while True:
            left_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            ready = {ready_fd for ready_fd, _ in poller.poll(left_ms)}
            if _STDIN in ready:
                _heed_parent()
            if fd in ready or not ready:
                return fd in ready


def _poller(channel: Channel, reads: bool, writes: bool) -> select.poll:
    poller = select.poll()
    poller.register(_STDIN, select.POLLIN)
    if reads:
        poller.register(channel.fileno(), select.POLLIN)
    if writes:
        poller.register(_STDOUT, select.POLLOUT)
    return poller


def _heed_parent() -> None:
    if not os.read(_STDIN, 4096):
        raise Cancelled


def _open(target: Target, wait: Wait) -> Channel:
    if not target.tls:
        return PlainChannel.open(target, wait)
    from chimera_tui.services.ollama.secure import SecureChannel

    return SecureChannel(target)


def read_target() -> Target:
    """The request from standard input. Raises Cancelled when it ends before a whole line."""
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b"\n"):
        part = os.read(_STDIN, 1 << 20)
        if not part:
            raise Cancelled
        parts.append(part)
    return Target(**json.loads(b"".join(parts)))


def _widen(pipe: int) -> None:
    """Make room for what a quick model writes between two flushes, so that it leaves in one write."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # no pipe, or more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c goes to the whole group; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.set_blocking(_STDOUT, False)
    _widen(_STDOUT)
    os.write(_STDOUT, encode_frame(FrameKind.READY, time.monotonic_ns()))
    gc.freeze()
    gc.disable()
    with contextlib.suppress(Cancelled):
        while True:
            Probe().run(read_target())
            gc.collect()  # while nothing arrives


if __name__ == "__main__":
    main()
