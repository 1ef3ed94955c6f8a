"""Where the server is: OLLAMA_HOST read as Ollama itself reads it."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.names import printable

DEFAULT_HOST = "http://127.0.0.1:11434"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BARE_PORT = 11434
_WHERE = "OLLAMA_HOST"
_NAME = re.compile(r"[^\s\x00-\x1f\x7f/?#@\[\]\\:%\"'<>^`{|}]+")


class Address(NamedTuple):
    """A base URL taken apart, for opening a socket."""

    tls: bool
    name: str
    """Host name or address, IPv6 without brackets."""
    port: int
    path: str
    """Path prefix, empty or beginning with a slash, never ending with one."""


def parse_host(text: str | None) -> str:
    """The base URL that a value of OLLAMA_HOST means, without a trailing slash.

    As Ollama does: nothing is `http://127.0.0.1:11434`, a bare host gets port 11434, `http://h` port 80,
    `https://h` port 443; spaces and quotes around the value are ignored, a path is kept. Unlike Ollama, which
    uses the variable to listen as well, 0.0.0.0 and [::] become the loopback address, since nothing can connect
    to them, and a bad port or scheme raises SettingInvalid instead of being replaced by the default.
    """
    value = (text or "").strip().strip("\"'").strip()
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = ("https", "ollama.com:443") if value == "ollama.com" else ("", value)
    scheme = scheme.lower()
    if scheme not in ("", "http", "https"):
        raise _invalid(value, f"the scheme {printable(scheme)!r} is not http or https")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        # never a password, not even in an error
        shown = value.replace(authority, f"…@{authority.rpartition('@')[2]}")
        raise _invalid(shown, "it names a user; a key belongs in OLLAMA_API_KEY or OLLAMA_API_KEY_FILE")
    name, port = _split_port(value, authority, _DEFAULT_PORTS.get(scheme, _BARE_PORT))
    name = _client_name(value, name)
    path = _path(value, path)
    return f"{scheme or 'http'}://{_bracketed(name)}:{port}{path}"


def address(host: str) -> Address:
    """Take a base URL apart; any text that `parse_host` accepts will do. Raises SettingInvalid."""
    url = parse_host(host)
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    name, _, port = authority.rpartition(":")
    return Address(scheme == "https", name.strip("[]"), int(port), slash + path)


def _split_port(value: str, authority: str, default: int) -> tuple[str, int]:
    if authority.startswith("["):
        name, closed, rest = authority[1:].partition("]")
        if not closed or ":" not in name or (rest and not rest.startswith(":")):
            raise _invalid(value, "an IPv6 address looks like [::1]:11434")
        return name, _port(value, rest[1:], default)
    if authority.count(":") > 1:
        return authority, default
    name, _, port = authority.partition(":")
    return name, _port(value, port, default)


def _port(value: str, text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535 and len(text) <= 6):
        raise _invalid(value, f"the port {printable(text)!r} is not a number from 1 to 65535")
    return int(text)


def _client_name(value: str, name: str) -> str:
    """The name or address to connect to."""
    if not name:
        return "127.0.0.1"
    name = _ascii_name(value, name)
    try:
        ip = ipaddress.ip_address(name)
    except ValueError:
        if ":" in name or not _NAME.fullmatch(name):
            raise _invalid(value, f"{printable(name)!r} is no host name or address") from None
        return name
    if ip.is_unspecified:
        return "127.0.0.1" if ip.version == 4 else "::1"
    return str(ip)


def _ascii_name(value: str, name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise _invalid(value, f"{printable(name)!r} is no host name") from None


def _path(value: str, path: str) -> str:
    path = path.strip("/")
    if re.search(r"[\s\x00-\x1f\x7f?#]", path):
        raise _invalid(value, "the path holds a space, a query or a fragment")
    return f"/{path}" if path else ""


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _invalid(value: str, why: str) -> SettingInvalid:
    return SettingInvalid(
        f"{printable(value)[:200]!r} is not a server address: {why}",
        where=_WHERE,
        next_="Give host, host:port or a URL, e.g. 127.0.0.1:11434 or https://gpu-box.",
    )
