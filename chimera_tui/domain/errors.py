"""Errors a person can act on: what happened, where, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error as it travels in events, reports and JSON documents."""

    code: str
    """Stable word for programs, e.g. `model_not_found`."""
    what: str
    where: str
    next: str

    def sentence(self) -> str:
        """One line for a status bar or standard error."""
        where = f" ({self.where})" if self.where and self.where not in self.what else ""
        next_ = f" {self.next}" if self.next else ""
        return f"{self.what}{where}.{next_}"


class ChimeraError(Exception):
    """Base of every error this program raises on purpose.

    `what` and `next_` are whole phrases without a trailing full stop in `what`; `where` names a file or host.
    """

    code: ClassVar[str] = "error"

    def __init__(self, what: str, *, where: str = "", next_: str = "") -> None:
        super().__init__(what)
        self.info = ErrorInfo(self.code, what, where, next_)

    def __str__(self) -> str:
        return self.info.sentence()


class ServerUnreachable(ChimeraError):
    code = "server_unreachable"


class ServerAnsweredBadly(ChimeraError):
    """The server answered with something that is not its own protocol."""

    code = "server_answer"


class ModelNotFound(ChimeraError):
    code = "model_not_found"


class RequestRejected(ChimeraError):
    """HTTP 400, or 500 for a wrong option type."""

    code = "request_rejected"


class PromptTooLong(RequestRejected):
    """The prompt is longer than the context, and the server cuts none."""

    code = "prompt_too_long"

    tokens: int | None = None
    """That the server counted; known where the error arose."""


class ServerBusy(ChimeraError):
    """HTTP 503: the server's queue is full."""

    code = "server_busy"


class LoadFailed(ChimeraError):
    """The model could not be loaded, most often for want of memory."""

    code = "load_failed"


class ModelCrashed(ChimeraError):
    """The runner died while it was writing: an error line inside a 200 stream."""

    code = "model_crashed"


class StreamCut(ChimeraError):
    """The stream ended without its `done` line."""

    code = "stream_cut"


class RunTooLong(ChimeraError):
    """A run was cut off since it took longer than it may."""

    code = "run_too_long"


class NothingToAnalyse(ChimeraError):
    code = "nothing_to_analyse"


class ReportsUnreadable(ChimeraError):
    code = "reports_unreadable"


class SaveFailed(ChimeraError):
    code = "save_failed"


class SettingInvalid(ChimeraError):
    code = "setting_invalid"


class RunNotFound(ChimeraError):
    code = "run_not_found"


class CampaignNotFound(ChimeraError):
    code = "campaign_not_found"


class CampaignInvalid(ChimeraError):
    """A campaign file that asks for nothing that can be run."""

    code = "campaign_invalid"


class RunInProgress(ChimeraError):
    code = "run_in_progress"


class LimitReached(ChimeraError):
    """More than a bound of docs/limits.md allows."""

    code = "limit_reached"


class DaemonUnreachable(ChimeraError):
    code = "daemon_unreachable"


class FileNotReadable(ChimeraError):
    code = "file_not_readable"


class BadUse(ChimeraError):
    """A command line that can not be understood; exit status 2."""

    code = "bad_use"


class JournalUnusable(ChimeraError):
    """The journal's file can not be read, or is of a newer version."""

    code = "journal_unusable"
