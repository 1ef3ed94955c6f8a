"""What a real server sent, and what the simulator sends when asked the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Exchange:
    """One request and the whole of its answer."""

    request: dict[str, Any] | None
    status: int
    headers: dict[str, str]
    """Content type, and the length or the transfer encoding."""
    body: bytes
    cut: bool

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.split(b"\n") if line]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


def load(folder: Path, name: str) -> tuple[str, str, Exchange]:
    """Method, path and exchange of a capture."""
    file = folder / f"{name}.json"
    if file.exists():
        capture = json.loads(file.read_text())
        # These captures kept the content type only; all of them came with their length.
        headers = {"content-type": capture["content_type"], "content-length": str(len(capture["body"].encode()))}
        exchange = Exchange(capture["request"], capture["status"], headers, capture["body"].encode(), False)
        return capture["method"], capture["path"], exchange
    head, *events = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().split("\n") if line]
    first = next(event for event in events if event.get("event") == "headers")
    closed = next(event for event in events if event.get("event") == "closed")
    body = "".join(
        event["line"] + ("" if event.get("no_newline") else "\n") for event in events if "line" in event
    )
    exchange = Exchange(
        head["request"], first["status"], first["headers"], body.encode(), closed["error"] is not None
    )
    return head["method"], head["path"], exchange


def replay(client: httpx.Client, method: str, path: str, request: dict[str, Any] | None) -> Exchange:
    """Send a capture's request and keep what comes."""
    body, cut = bytearray(), False
    with client.stream(method, path, json=request) as answer:
        assert answer.headers["x-chimera-simulator"] == "1"
        try:
            for data in answer.iter_raw():
                body += data
        except httpx.RemoteProtocolError:
            cut = True
    kept = ("content-type", "content-length", "transfer-encoding")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    return Exchange(request, answer.status_code, headers, bytes(body), cut)


def shape(value: Any) -> Any:
    """Keys in their order and types; a list is what its items look like."""
    match value:
        case dict():
            return [(key, shape(item)) for key, item in value.items() if key != "prompt_eval_cached_count"]
        case list():
            return ["list", *sorted({repr(shape(item)) for item in value})]
        case str() if _STAMP.fullmatch(value):
            return "stamp"
        case _:
            return type(value).__name__


def normalised(body: bytes) -> str:
    """The text with stamps and digests made equal."""
    return _HEX.sub("DIGEST", _STAMP.sub("STAMP", body.decode()))
