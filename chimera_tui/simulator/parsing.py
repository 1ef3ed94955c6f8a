"""Request bodies, read and refused as the real server does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chimera_tui.simulator import golang
from chimera_tui.simulator.models import Model
from chimera_tui.simulator.timing import LoadOptions, Machine

DEFAULT_KEEP_ALIVE_S = 300.0

_INTEGERS = frozenset(
    [
        "num_keep",
        "seed",
        "num_predict",
        "top_k",
        "repeat_last_n",
        "num_ctx",
        "num_batch",
        "num_gpu",
        "main_gpu",
        "num_thread",
        "draft_num_predict",
    ]
)
_FLOATS = frozenset(
    ["top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty"]
)
_BOOLEANS = frozenset({"use_mmap"})


class Refused(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str

    def rendered(self) -> str:
        return f"{self.role}: {self.content}\n"


@dataclass(frozen=True, slots=True)
class Body:
    """The parts of `/api/generate` and `/api/chat` that the simulator honours."""

    model: str
    messages: tuple[Message, ...]
    """A generate request is a system message, if any, and one of the user; empty only loads the model."""
    stream: bool = True
    raw: bool = False
    think: bool | None = None
    truncate: bool = True
    shift: bool = True
    keep_alive_s: float = DEFAULT_KEEP_ALIVE_S
    tools: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def system(self) -> str:
        return "\n".join(message.content for message in self.messages if message.role == "system")

    @property
    def prompt(self) -> str:
        """What the user wrote last."""
        return next((message.content for message in reversed(self.messages) if message.role == "user"), "")


def parse_json(body: bytes) -> dict[str, Any]:
    """The object in a request's body. Raises Refused (400) in Go's words."""
    if not body.strip():
        raise Refused(400, "missing request body")
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            raise Refused(400, "unexpected EOF") from error
        raise Refused(400, f"invalid character '{text[error.pos]}' looking for beginning of value") from error
    if not isinstance(value, dict):
        kind = "array" if isinstance(value, list) else "value"
        raise Refused(400, f"json: cannot unmarshal {kind} into Go value of type api.Request")
    return value


def parse_generate(body: bytes) -> Body:
    """Read `/api/generate`. Raises Refused (400)."""
    fields = parse_json(body)
    prompt = _typed(fields, "prompt", str, "")
    system = _typed(fields, "system", str, "")
    messages = [Message("system", system)] if system and prompt else []
    if prompt:
        messages.append(Message("user", prompt))
    return _body(fields, tuple(messages))


def parse_chat(body: bytes) -> Body:
    """Read `/api/chat`. Raises Refused (400)."""
    fields = parse_json(body)
    messages = []
    for item in _typed(fields, "messages", list, []):
        if not isinstance(item, dict):
            raise Refused(400, "json: cannot unmarshal value into Go struct field ChatRequest.messages")
        messages.append(Message(_typed(item, "role", str, ""), _typed(item, "content", str, "")))
    return _body(fields, tuple(messages))


def _body(fields: Mapping[str, Any], messages: tuple[Message, ...]) -> Body:
    think = fields.get("think")
    return Body(
        model=_typed(fields, "model", str, "") or _typed(fields, "name", str, ""),
        messages=messages,
        stream=_typed(fields, "stream", bool, True),
        raw=_typed(fields, "raw", bool, False),
        think=None if think is None else bool(think),
        truncate=_typed(fields, "truncate", bool, True),
        shift=_typed(fields, "shift", bool, True),
        keep_alive_s=parse_keep_alive(fields.get("keep_alive")),
        tools=bool(_typed(fields, "tools", list, [])),
        options=_typed(fields, "options", dict, {}),
    )


def _typed(fields: Mapping[str, Any], name: str, kind: type[Any], default: Any) -> Any:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        got = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
        want = {bool: "bool", str: "string", list: "[]api.Message", dict: "map[string]interface {}"}
        raise Refused(
            400, f"json: cannot unmarshal {got[type(value)]} into Go struct field .{name} of type {want[kind]}"
        )
    return value


def parse_keep_alive(value: object) -> float:
    """Seconds; negative means for ever. Raises Refused (400) with Go's message."""
    match value:
        case None:
            return DEFAULT_KEEP_ALIVE_S
        case bool():
            raise Refused(400, "Unsupported type: 'bool'")
        case int() | float():
            seconds = float(value)
        case str():
            try:
                seconds = golang.parse_duration(value)
            except ValueError as error:
                raise Refused(400, str(error)) from error
        case _:
            raise Refused(400, "Unsupported type: 'map[string]interface {}'")
    return seconds if seconds >= 0 else float("inf")


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the types the server knows; unknown ones are dropped silently, ranges are not checked.

    Raises Refused (500, as the real server).
    """
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in _INTEGERS:
            _require(number, name, "integer")
            checked[name] = int(value)
        elif name in _FLOATS:
            _require(number, name, "float32")
            checked[name] = float(value)
        elif name in _BOOLEANS:
            _require(isinstance(value, bool), name, "boolean")
            checked[name] = value
        elif name == "stop":
            _require(isinstance(value, list), name, "array")
            checked[name] = [item for item in value if isinstance(item, str)]
    return checked


def _require(right: bool, name: str, kind: str) -> None:
    if not right:
        raise Refused(500, f'option "{name}" must be of type {kind}')


def load_options(body: Body, options: Mapping[str, Any], model: Model, machine: Machine) -> LoadOptions:
    """What the runner must be loaded with; num_ctx is at least 4 and at most the training context."""
    num_ctx = max(4, min(options.get("num_ctx") or machine.default_num_ctx(), model.context_length))
    use_mmap: bool | None = options.get("use_mmap")
    return LoadOptions(
        num_ctx=num_ctx,
        num_batch=options.get("num_batch", 512),
        num_gpu=max(-1, options.get("num_gpu", -1)),
        main_gpu=options.get("main_gpu", 0),
        use_mmap=use_mmap,
        num_thread=options.get("num_thread", 0),
        draft_num_predict=options.get("draft_num_predict", 0),
        shift=body.shift,
    )
