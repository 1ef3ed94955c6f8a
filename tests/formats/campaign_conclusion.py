"""A conclusion with something in each of its parts, and hostile words where files and people put words."""

from __future__ import annotations

from dataclasses import replace

from chimera_tui.analysis.campaign_conclusion import conclude
from chimera_tui.domain.campaign import CampaignPlan, MergedCell
from chimera_tui.domain.campaign_view import Decision
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from tests.analysis.campaigns import blocks, constant, matrix, record, run
from tests.formats.records import ENVIRONMENT, STARTED

HOSTILE = "<script>alert('x')</script> \"&\" \x1b[31m \u202e | **bold**"


def told(repeats: int = 5, *, words: str = HOSTILE) -> tuple[Conclusion, CampaignPlan, list[RunSummary]]:
    """Six cells over two axes; runs that failed, were left out or simulated; merged points; names from outside."""
    of = matrix(num_gpu=[20, 80], num_ctx=[512, 4096, 8192], repeats=repeats)
    first = replace(of.cells[0], label=f"{of.cells[0].label} {words}", merged=(MergedCell(words, (words,)),))
    of = replace(
        of,
        name=f"night {words}",
        cells=(first, *of.cells[1:]),
        source=f"name = '{words}'\n```\n</pre>\n",
        notes=(words,),
    )
    rates = {"20": 30.0, "80": 50.0}
    waits = {"512": 200.0, "4096": 300.0, "8192": 900.0}
    runs = blocks(
        of,
        lambda cell, agent: rates[cell.value("num_gpu")] * (1.0 if agent == "a" else 0.9),
        lambda cell, agent: waits[cell.value("num_ctx")],
        repeats=repeats,
    )
    runs = [replace(each, environment=replace(ENVIRONMENT, version=words), simulated=True) for each in runs]
    failed = run(of.cells[1], 900, constant(1.0), constant(1.0), state=RunState.FAILED)
    bad = replace(failed.agents[0], error=ErrorInfo("load_failed", words, "h", ""))
    runs.append(replace(failed, agents=(bad, failed.agents[1])))
    runs.append(run(of.cells[2], 901, constant(1.0), constant(1.0), causes=[Cause.THROTTLED]))
    return conclude(record(of, Decision("done", STARTED)), runs), of, runs
