"""Plots of the hardware: a value is whole wherever there is room, and every figure has its unit."""

from __future__ import annotations

import pytest

from chimera_tui.domain.telemetry import GpuSample, HostSample, TelemetrySample
from chimera_tui.tui.widgets.telemetry_panel import telemetry_lines

SIZES = {"80×24": (80, 4), "120×40": (120, 3), "140×40": (140, 3), "200×50": (49, 15)}


def samples(*, gpu: bool) -> list[TelemetrySample]:
    cards = (GpuSample(0, "NVIDIA RTX 4080", "GPU-1", 88.0, 6_000_000_000, 16_000_000_000, 212.5, 320.0, 61.0,
                       2_700.0),) if gpu else ()  # fmt: skip
    return [
        TelemetrySample(
            second * 10**9,
            HostSample(12.0 + second, 937_000_000 + second * 10**6, 25_300_000_000, 1.5, 8_190.0, 0.0, 3.75),
            cards,
        )
        for second in range(30)
    ]


def told(size: tuple[int, int], *, gpu: bool) -> str:
    lines = ["".join(text for text, _ in line) for line in telemetry_lines(samples(gpu=gpu), *size)]
    assert all(len(line) <= size[0] for line in lines)
    return "\n".join(lines)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("gpu", [True, False])
def test_no_value_is_cut_at_any_size(size: tuple[int, int], gpu: bool) -> None:
    text = told(size, gpu=gpu)
    values = ["0.966/25.3 GB", "41 % of all", "3.8 % of a core"]
    for value in [*values, "6.00/16.0 GB", "2,700 MHz"] if gpu else [*values, "0.00819 MB/s"]:
        assert value in text
    assert "…" not in text


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_without_plots_every_value_stands_with_its_mean(size: tuple[int, int]) -> None:
    lines = ["".join(text for text, _ in line) for line in telemetry_lines(samples(gpu=True), *size, plots=False)]
    text = "\n".join(lines)
    assert all(len(line) <= size[0] for line in lines) and len(lines) <= size[1]
    assert not any("\u2800" <= character <= "\u28ff" for character in text)
    for value in ("0.966/25.3 GB", "⌀ 26 %", "41 % of all", "2,700 MHz", "88 %"):
        assert value in text


def test_ranges_have_their_unit() -> None:
    text = told(SIZES["200×50"], gpu=False)
    assert "0.937–0.966 GB" in told((120, 3), gpu=False)
    assert "12–41 %" in text and "3.8–3.8 %" in text
