"""What a server's plain answers tell, field by field: older ones lack some, and what is missing stays unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.figures import LARGEST
from chimera_tui.engine.ports import LoadedModel

Json = Mapping[str, Any]

_NAME_CHARS = 1_000
"""A longer one is no model's name."""
_WORD_CHARS = 200
"""So much of a version, a family, a reason is kept."""


def carried(text: str) -> str:
    """A string that UTF-8 can carry: a lone surrogate of a JSON escape becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def word(value: object) -> str:
    """A short text of a server; empty for what is none."""
    return carried(value[:_WORD_CHARS]) if isinstance(value, str) else ""


def version_of(answer: Json) -> str:
    """Empty when it is missing."""
    version = answer.get("version")
    return "" if version is None else word(str(version))


def listed(answer: Json) -> tuple[ModelInfo, ...]:
    """The models of `/api/tags`, without shapes."""
    found = []
    for entry in _entries(answer):
        if name := _name(entry):
            size = _whole(entry.get("size"))
            found.append(_described(name, entry, size_bytes=size or 0, digest=word(entry.get("digest"))))
    return tuple(found)


def shown(name: str, answer: Json) -> ModelInfo:
    """One model as `/api/show` describes it; the keys of its shape begin with its architecture."""
    shape = _object(answer.get("model_info"))
    architecture = shape.get("general.architecture")
    return _described(
        name,
        answer,
        block_count=_whole(shape.get(f"{architecture}.block_count")) or None,
        context_length=_whole(shape.get(f"{architecture}.context_length")) or None,
    )


def loaded(answer: Json) -> tuple[LoadedModel, ...] | None:
    """The models of `/api/ps`; None when it has no list."""
    if "models" not in answer:
        return None
    return tuple(
        LoadedModel(
            name=_name(entry),
            size_bytes=_whole(entry.get("size")),
            size_vram_bytes=_whole(entry.get("size_vram")),
            context_length=_whole(entry.get("context_length")) or None,
        )
        for entry in _entries(answer)
    )


def _entries(answer: Json) -> Sequence[Json]:
    """A list that is null is an empty one. Raises TypeError for anything else."""
    models = answer["models"]
    if models is None:
        return ()
    if not isinstance(models, list) or not all(isinstance(entry, dict) for entry in models):
        raise TypeError("its models are no list of objects")
    return models


def _described(name: str, answer: Json, **facts: Any) -> ModelInfo:
    details = _object(answer.get("details"))
    return ModelInfo(
        name=name,
        parameter_size=word(details.get("parameter_size")),
        quantization=word(details.get("quantization_level")),
        family=word(details.get("family")),
        **facts,
    )


def _name(entry: Json) -> str:
    name = _text(entry.get("model")) or _text(entry.get("name"))
    return name if len(name) <= _NAME_CHARS else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return carried(value) if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    """A count of something, as a JSON number; None for what is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST else None
