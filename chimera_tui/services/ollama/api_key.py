"""The key for a server that wants one: from the environment or a private file, and out of every text of ours."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.names import printable
from chimera_tui.services.ollama.host import address

VARIABLE = "OLLAMA_API_KEY"
FILE_VARIABLE = "OLLAMA_API_KEY_FILE"
"""Names a file that holds the key and nothing else; the other variable wins."""
HIDDEN = "<the API key>"
_LONGEST = 4_096


def read_api_key(environment: Mapping[str, str] | None = None) -> str:
    """The key; empty when there is none.

    Raises SettingInvalid, which never holds the key, for one that is no word of ASCII, and for a file that can not
    be read, that somebody else could read, or that is not ours.
    """
    known = os.environ if environment is None else environment
    if key := known.get(VARIABLE, "").strip():
        return _checked(key, VARIABLE)
    if path := known.get(FILE_VARIABLE, "").strip():
        return _checked(_read(os.path.expanduser(path)), path)  # noqa: PTH111 - a text until it is opened
    return ""


def hidden(text: str) -> str:
    """The text without the key: a proxy may quote the request that it refuses."""
    try:
        key = read_api_key()
    except SettingInvalid:
        return text
    return text.replace(key, HIDDEN) if key else text


def in_the_clear(hosts: Sequence[str], key: str) -> Iterator[str]:
    """A sentence for every other machine to which the key goes unencrypted."""
    for host in dict.fromkeys(hosts if key else ()):
        place = address(host)
        if not place.tls and not _is_this_machine(place.name):
            yield f"The API key goes to {host} unencrypted, for everybody in between to read: use https."


def _is_this_machine(name: str) -> bool:
    return name in ("localhost", "::1") or name.startswith("127.")


def _read(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            _refuse_shared(path, status)
            data = os.read(descriptor, _LONGEST + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _invalid(path, f"can not be read: {(error.strerror or str(error)).lower()}") from error
    return data.decode("ascii", "replace").strip()


def _refuse_shared(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _invalid(path, "is no file")
    if status.st_uid != os.getuid():
        raise _invalid(path, "belongs to somebody else")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise _invalid(path, f"is open to others (mode {stat.S_IMODE(status.st_mode):04o})")


def _checked(key: str, place: str) -> str:
    if not key or len(key) > _LONGEST or not all("!" <= sign <= "~" for sign in key):
        raise _invalid(place, "holds no key: one is a word of printable ASCII without spaces")
    return key


def _invalid(place: str, why: str) -> SettingInvalid:
    shown = printable(place)
    next_ = f"Write the key alone into a file of your own (chmod 600), or set {VARIABLE}."
    return SettingInvalid(f"the API key's place {shown} {why}", where=shown, next_=next_)
