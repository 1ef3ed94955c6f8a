"""A campaign's runs become an answer: figures, rankings, fronts, effects, drift, and what they do not tell."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.campaign_cautions import cautions_of
from chimera_tui.analysis.campaign_cells import gathered, results_of
from chimera_tui.analysis.campaign_drift import drifts_of
from chimera_tui.analysis.campaign_effects import effects_of
from chimera_tui.analysis.campaign_headline import headline_of
from chimera_tui.analysis.campaign_pareto import fronts_of
from chimera_tui.analysis.campaign_rankings import rankings_of
from chimera_tui.analysis.campaign_surroundings import surroundings_of
from chimera_tui.domain.campaign_view import CampaignRecord
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.runs import RunSummary


def conclude(record: CampaignRecord, runs: Sequence[RunSummary]) -> Conclusion:
    """What all runs of a campaign tell, in whatever state they are; those of cells that the plan no longer has are
    left aside. Some seconds for hundreds of cells: nothing for an event loop."""
    cells = gathered(record.plan.cells, runs)
    results = results_of(record, cells)
    rankings, fronts = rankings_of(cells, results), fronts_of(cells, results)
    effects, drifts = effects_of(record.plan, cells), drifts_of(cells)
    chosen = [run for each in cells for run in each.runs]
    return Conclusion(
        campaign_id=record.campaign_id,
        name=record.plan.name,
        begun_utc=record.begun_utc,
        headline=headline_of(results, rankings, fronts, effects),
        cells=results,
        rankings=rankings,
        fronts=fronts,
        effects=effects,
        drifts=drifts,
        cautions=cautions_of(record.plan, cells, results, effects, drifts),
        surroundings=surroundings_of(chosen),
        simulated=any(run.simulated for run in chosen),
        ended=_ended(record),
    )


def _ended(record: CampaignRecord) -> str:
    """By its last decision that starts or ends it."""
    decisive = [each for each in record.decisions if each.kind in _ENDS or each.kind in ("begun", "resumed")]
    if not decisive or decisive[-1].kind not in _ENDS:
        return ""
    last = decisive[-1]
    return f"{_ENDS[last.kind]}: {last.why}" if last.why else _ENDS[last.kind]


_ENDS = {"done": "done", "stopped": "stopped", "paused": "paused"}
