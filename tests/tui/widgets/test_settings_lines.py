from __future__ import annotations

import pytest

from chimera_tui.tui.widgets.settings_lines import offload_meaning


@pytest.mark.parametrize(
    ("num_gpu", "blocks", "meaning"),
    [
        (60, 34, "all 35 layers"),
        (80, 34, "all 35 layers"),
        (120, 34, "all 35 layers"),
        (35, 34, "all 35 layers"),
        (34, 34, "34 of 35"),
        (0, 34, "CPU only"),
        (-1, 34, "automatic"),
        (None, 34, ""),
        (20, None, ""),
    ],
)
def test_equal_settings_are_told_as_equal(num_gpu: int | None, blocks: int | None, meaning: str) -> None:
    assert offload_meaning(num_gpu, blocks) == meaning
