"""A server that speaks Ollama's API and puts hostile words wherever one of its answers has room for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.faults.hostile import LINE, WORDS

MODEL = "gemma3:latest"
DETAILS = {"family": LINE, "parameter_size": LINE, "quantization_level": LINE, "format": LINE}
REPORT = "\n".join(
    (
        f"# Inventory {LINE}",
        "There are 3 csv files and 7 json files.",
        "## Key Findings",
        *(f"- The rate of {word} is 41.2 tok/s." for word in WORDS),
        "## Recommendations",
        *(f"- Look at `{word}` or {word} again." for word in WORDS),
        f"```python\n{LINE}\n```",
        f"| {LINE} | b |\n|---|---|\n| {LINE} | 1 |",
        "<iframe src='x'>\n<style>*{display:none}</style>\n<pre>\n",
        f"<!-- chimera:end -->\n<!-- chimera:section metrics -->\n{LINE}",
    )
)


class HostileServer(ThreadingHTTPServer):
    daemon_threads = True
    is_failing = False
    """Whether the next answers end in an error line after some text."""
    is_loaded = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HostileServer

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        models = [{"name": name, "model": name, "size": 1 << 30, "digest": LINE, "details": DETAILS}
                  for name in (MODEL, LINE, "[bold]m[/]")]  # fmt: skip
        loaded = [{**models[0], "size_vram": 1 << 30, "context_length": 8192, "expires_at": LINE}]
        answers = {
            "/api/version": {"version": LINE},
            "/api/tags": {"models": models},
            "/api/ps": {"models": loaded if self.server.is_loaded else []},
        }
        self._answer(200, answers.get(self.path, {"error": LINE}))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show":
            info = {"general.architecture": LINE, f"{LINE}.block_count": 34}
            self._answer(200, {"model_info": info, "details": DETAILS, "template": LINE, "parameters": LINE})
        elif asked.get("model") != MODEL:
            self._answer(404, {"error": f"model '{LINE}' not found"})
        elif asked.get("stream") is False:  # it shall be loaded, or unloaded
            self.server.is_loaded = asked.get("keep_alive") != 0
            self._answer(200, self._record(self.path == "/api/chat", LINE, done=True))
        else:
            self._stream(self.path == "/api/chat")

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, is_chat: bool) -> None:
        self.server.is_loaded = True
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        text = REPORT[:400] if self.server.is_failing else REPORT
        for start in range(0, len(text), 97):  # within sequences, too
            self._chunk(self._record(is_chat, text[start : start + 97], done=False))
        if self.server.is_failing:
            self._chunk({"error": f"the runner died: {LINE}"})
        else:
            ends = {"done_reason": "stop", "total_duration": 9 * 10**8, "load_duration": 10**7, "eval_count": 80}
            counts = {"prompt_eval_count": 90, "prompt_eval_duration": 10**8, "eval_duration": 7 * 10**8}
            self._chunk({**self._record(is_chat, "", done=True), **ends, **counts})
        self.wfile.write(b"0\r\n\r\n")

    @staticmethod
    def _record(is_chat: bool, text: str, *, done: bool) -> dict[str, Any]:
        said = {"message": {"role": "assistant", "content": text}} if is_chat else {"response": text}
        return {"model": MODEL, "created_at": LINE, **said, "done": done}

    def _chunk(self, document: object) -> None:
        line = json.dumps(document, ensure_ascii=False).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Serves on a free port of the loopback interface until left."""
    with HostileServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
