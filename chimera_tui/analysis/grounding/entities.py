"""Names in a text: of files, of models, of places in a document; and the text without them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_tui.analysis.grounding.words import content_of

FILE_NAME = re.compile(r"(?<![\w./-])[\w-][\w./-]{0,200}?\.(?:csv|json|md|markdown)\b", re.IGNORECASE)
"""With as much of its path as is written."""
PATH_INDEX = re.compile(r"[A-Za-z_]\w*\[\d+\](?:\.\w+(?:\[\d+\])?)*")
"""`results[3].ttft_s`."""
_ENTITY = re.compile(r"(?<![\w.])(?=[\w.:-]*[a-z])(?=[\w.:-]*\d)[a-z0-9][\w.:-]*[a-z0-9](?![\w])", re.IGNORECASE)
_NO_ENTITY = re.compile(
    r"^(?:p\d+|\d+(?:st|nd|rd|th|ms|s|x|k|gb|mb|kb|px|th)|f1(?:-score)?|fp\d+|int\d+|float\d+|[\d.]+[ms]?s)$",
    re.IGNORECASE,
)
_FAMILIES = r"(?:code)?(?:llama|gemma|qwen|mistral|mixtral|phi|deepseek|gpt|falcon|yi)"
_SIZE_TAG = re.compile(r"^\d+(?:\.\d+)?[bm]$", re.IGNORECASE)
_MODEL = re.compile(rf"^[a-z][\w.-]*:[\w.-]+$|^{_FAMILIES}[\w.:-]*\d[\w.:-]*$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def entities_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Names with digits, such as models and their sizes, in lower case; no units and no percentiles."""
    found = (
        name.lower()
        for text in texts
        for name in _ENTITY.findall(without_paths(text))
        if not _NO_ENTITY.match(name)
    )
    return tuple(dict.fromkeys(found))


def models_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Names of models, in lower case."""
    found = (name.lower() for text in texts for name in _ENTITY.findall(text) if _MODEL.match(name))
    return tuple(dict.fromkeys(found))


def files_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Names of files, in lower case."""
    return tuple(dict.fromkeys(match.group().lower() for text in texts for match in FILE_NAME.finditer(text)))


def is_in(path: str, files: tuple[str, ...]) -> bool:
    """Whether a file is one of those named; every file is where none is."""
    path = path.lower()
    return not files or any(path == name or path.endswith("/" + name) for name in files)


def is_a_model(name: str) -> bool:
    """Whether a name is that of a model or of a size of one, `1b`."""
    return _MODEL.match(name) is not None or _SIZE_TAG.match(name) is not None


def names_a_model(record: str) -> bool:
    """Whether some name of a record is that of a model."""
    return any(_MODEL.match(word) for word in record.replace(" | ", " ").split())


def bare(text: str) -> str:
    """Without the names of files, of models and of places in a document."""
    text = without_paths(text)
    return _ENTITY.sub(_kept, text) if _DIGIT.search(text) else text


def plain_words(text: str) -> frozenset[str]:
    """Content words without the names of models and files."""
    return content_of(bare(text))


def without_paths(text: str) -> str:
    if "." in text:
        text = FILE_NAME.sub(" ", text)
    return PATH_INDEX.sub(" ", text) if "[" in text else text


def _kept(name: re.Match[str]) -> str:
    return name.group() if _NO_ENTITY.match(name.group()) else " "
