"""The models that the simulator offers: shape, size, training context and the voice they answer in."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

DEFAULT_MODELS = ("gemma3:latest", "llama3.1:8b-instruct-q4_0", "qwen2.5:7b", "gemma3:270m", "qwen3:4b")
_SIZE_TAG = re.compile(r"(\d+(?:\.\d+)?)([bm])", re.IGNORECASE)
_BYTES_PER_WEIGHT = 0.6
"""Of a 4-bit quantised file, with its unquantised parts."""


class Voice(StrEnum):
    """What a model's answers look like."""

    REPORT = "report"
    SYLLABLES = "syllables"
    """Random-weight gibberish with pieces of UTF-8, never ending by itself."""
    NEXT_LINE = "next-line"
    """Gibberish with U+0085, which naive line splitters take for a line break."""
    REPEATS = "repeats"
    """One token for ever: the server's repeat guard ends the stream without a `done` line."""


@dataclass(frozen=True, slots=True)
class Model:
    """One installed model."""

    name: str
    """With its tag, e.g. `gemma3:latest`."""
    architecture: str
    parameters: int
    quantization: str
    size_bytes: int
    block_count: int
    context_length: int
    """Training context in tokens."""
    embedding_length: int
    heads: int
    heads_kv: int
    head_length: int
    feed_forward_length: int
    vocabulary: int
    thinking: bool = False
    voice: Voice = Voice.REPORT
    overhead_bytes: int = 268_435_456
    """Compute buffers of a loaded model."""
    kv_extra_bytes: int = 0
    """Per token of context, beside the cache proper."""
    file_type: int = 15

    @property
    def layers(self) -> int:
        """All layers that can be offloaded: the blocks and the output."""
        return self.block_count + 1

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in every block, 16 bit."""
        return 2 * self.block_count * self.heads_kv * self.head_length * 2 + self.kv_extra_bytes

    @property
    def parameter_size(self) -> str:
        """As Ollama prints it: `4.3B`, `268.10M`, `393K`."""
        if self.parameters >= 1_000_000_000:
            return f"{self.parameters / 1e9:.1f}B"
        if self.parameters >= 1_000_000:
            return f"{self.parameters / 1e6:.2f}M"
        return f"{self.parameters / 1e3:.0f}K"

    @property
    def capabilities(self) -> list[str]:
        return ["completion", "tools", "thinking"] if self.thinking else ["completion"]

    def details(self) -> dict[str, object]:
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.architecture,
            "families": [self.architecture],
            "parameter_size": self.parameter_size,
            "quantization_level": self.quantization,
        }


def full_name(name: str) -> str:
    """The name with its tag; none means `latest`."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def _test_model(name: str, voice: Voice) -> Model:
    return Model(
        name, "llama", 393_000, "unknown", 1_594_168, 2, 4096, 64, 4, 2, 16, 176, 1355,
        voice=voice, overhead_bytes=4_194_304, kv_extra_bytes=1024, file_type=0,
    )  # fmt: skip


_CATALOGUE: dict[str, Model] = {
    model.name: model
    for model in (
        Model("gemma3:latest", "gemma3", 4_299_915_632, "Q4_K_M", 3_338_801_804, 34, 131_072,
              2560, 8, 4, 256, 10_240, 262_145),
        Model("llama3.1:8b-instruct-q4_0", "llama", 8_030_261_312, "Q4_0", 4_661_230_766, 32, 131_072,
              4096, 32, 8, 128, 14_336, 128_256, file_type=2),
        Model("qwen2.5:7b", "qwen2", 7_615_616_512, "Q4_K_M", 4_683_087_332, 28, 32_768,
              3584, 28, 4, 128, 18_944, 152_064),
        Model("gemma3:270m", "gemma3", 268_098_176, "Q8_0", 291_554_930, 18, 32_768,
              640, 4, 1, 256, 2048, 262_144, file_type=7),
        Model("qwen3:4b", "qwen3", 4_022_468_096, "Q4_K_M", 2_497_293_931, 36, 262_144,
              2560, 32, 8, 128, 9728, 151_936, thinking=True),
        Model("mid:latest", "llama", 273_357_824, "unknown", 1_093_477_979, 24, 4096,
              1024, 16, 4, 64, 2816, 1355, voice=Voice.SYLLABLES,
              overhead_bytes=25_667_184, kv_extra_bytes=1024, file_type=0),
        _test_model("tiny:latest", Voice.SYLLABLES),
        _test_model("nel:latest", Voice.NEXT_LINE),
        _test_model("rep:latest", Voice.REPEATS),
    )
}  # fmt: skip


def model_named(name: str) -> Model:
    """A model of the catalogue, or one made up from its name: `phi4:14b` gets 14 billion parameters."""
    name = full_name(name)
    known = _CATALOGUE.get(name)
    if known is not None:
        return known
    size = _SIZE_TAG.search(name.partition(":")[2])
    parameters = int(float(size[1]) * (1e9 if size[2].lower() == "b" else 1e6)) if size else 7_000_000_000
    block_count = max(12, min(80, round(28 * (parameters / 7e9) ** 0.4)))
    embedding = 128 * max(4, round((parameters / (12 * block_count)) ** 0.5 / 128))
    return Model(
        name, "llama", parameters, "Q4_K_M", int(parameters * _BYTES_PER_WEIGHT), block_count, 131_072,
        embedding, embedding // 128, max(1, embedding // 512), 128, embedding * 7 // 2, 128_256,
    )  # fmt: skip
