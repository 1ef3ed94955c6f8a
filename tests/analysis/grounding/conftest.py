from __future__ import annotations

import pytest

from chimera_tui.analysis.grounding.facts import Facts
from tests.analysis.grounding.corpus import facts_of, make_files


@pytest.fixture(scope="session")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder = tmp_path_factory.mktemp("grounding")
    make_files(folder)
    return facts_of(folder)
