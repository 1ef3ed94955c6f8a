"""A server that comes and goes, and keeps its address."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.simulators import SimulatorHandle, running_simulator

RATES = (
    *("--token-rate", "300", "--cpu-rate", "300", "--prefill-rate", "400000"),
    *("--load-s", "0", "--num-parallel", "2"),
)


class Comings:
    """A server that keeps its address, whatever becomes of its process."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.handle: SimulatorHandle = self._stack.enter_context(running_simulator(*RATES))

    def die(self) -> None:
        self.handle.process.send_signal(signal.SIGKILL)
        self.handle.process.wait()
        self._stack.close()

    def rise(self) -> None:
        self.handle = self._stack.enter_context(running_simulator(*RATES, "--port", str(self.handle.port)))

    def end(self) -> None:
        self._stack.close()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still, as one does whose card has hung: connections stay, nothing is answered."""
        self.handle.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.handle.process.send_signal(signal.SIGCONT)
