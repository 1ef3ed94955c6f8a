from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.options import AgentId
from chimera_tui.engine.plan import Planner
from chimera_tui.engine.ports import Corpus
from chimera_tui.engine.prompts import PromptBook, TokenEstimator
from chimera_tui.resources import folder
from tests.engine.scripted import FACTS, FILES

MANY = tuple(
    (f, g)
    for n in range(300)
    for f, g in [
        (
            type(FILES[0])(f"reports/{n:03}.csv", FILES[0].kind, 120, FILES[0].mtime_ns),
            type(FACTS[0])(
                f"reports/{n:03}.csv", FACTS[0].kind, 120, FACTS[0].mtime_ns, 3, ("x",), FACTS[0].fields, 3
            ),
        )
    ]
)


@pytest.mark.parametrize("context", [2048, 4096, 8192])
@pytest.mark.parametrize("num_predict", [60, None])
def test_a_prompt_leaves_room_for_the_answer_and_for_an_estimate_that_is_too_low(
    context: int, num_predict: int | None
) -> None:
    corpus = Corpus(("reports",), tuple(f for f, _ in MANY), tuple(g for _, g in MANY))
    planner = Planner(
        AgentId.A,
        PromptBook.load(folder("prompts")),
        TokenEstimator(),
        corpus,
        context,
        num_predict,
        "2026-11-21",
    )
    for plan in (planner.analysis(), planner.report("An analysis of some length. " * 40)):
        assert plan.cut
        assert plan.tokens_estimated * 1.05 + (num_predict or 0) < context


def test_a_sheet_of_long_names_is_fitted_by_what_names_cost() -> None:
    """After a server that writes three digits to a token, no more names are told than fit."""
    named = tuple(replace(f, path=f"reports/__=={n:05}==__;;;{n % 7}.csv") for n, (f, _) in enumerate(MANY * 10))
    estimator = TokenEstimator()
    digits = "n=12 min=0.0941341 mean=0.118515 median=0.1 max=6.48492 " * 100
    for _ in range(20):
        estimator.learn(digits, round(0.7 * TokenEstimator().estimate(digits)))
    corpus = Corpus(("reports",), named, ())
    planner = Planner(AgentId.A, PromptBook.load(folder("prompts")), estimator, corpus, 8192, None, "2026-11-21")
    plan = planner.analysis()
    assert "files named" in plan.cut
    assert 0.8 * 8192 < plan.tokens_estimated + 1500 < 0.95 * 8192
