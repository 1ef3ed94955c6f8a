"""The libraries that ask a server plain questions, and what they are let do."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import httpx
    import ollama

CONNECT_TIMEOUT_S = 5.0


class Connections(NamedTuple):
    """To one host, kept until they are closed."""

    base: str
    api: ollama.AsyncClient
    http: httpx.AsyncClient
    """For what the official client lacks or takes too strictly."""

    @classmethod
    def make(cls, base: str, headers: Mapping[str, str]) -> Connections:
        """`base` is an address that `parse_host` gave."""
        found = libraries()
        common: dict[str, Any] = {
            # nothing is unpacked: a few packed bytes can be any number of others
            "headers": {**headers, "accept-encoding": "identity"},
            "timeout": found.httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
            "trust_env": False,
            "event_hooks": {"response": [found.bounded.keep_within_bounds]},
            # the system's certificates, not a bundled list; without TLS none are read, which takes 20 ms
            "verify": ssl.create_default_context() if base.startswith("https:") else False,
        }
        api = found.ollama.AsyncClient(host=base, follow_redirects=False, **common)
        return cls(base, api, found.httpx.AsyncClient(**common))

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.api.close()  # type: ignore[no-untyped-call]


class Libraries(NamedTuple):
    """Imported when the first question is asked: that takes 200 ms."""

    ollama: ModuleType
    httpx: ModuleType
    bounded: ModuleType


@cache
def libraries() -> Libraries:
    from chimera_tui.light_httpx import httpx

    # isort: split
    # The official client imports httpx as well: second, it finds the light one.
    import ollama

    from chimera_tui.services.ollama import bounded

    return Libraries(ollama, httpx, bounded)
