"""A campaign as the daemon would tell it, half way through its night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chimera_tui.domain.campaign import CampaignPlan, Cell, MergedCell, Rules
from chimera_tui.domain.campaign_outline import CampaignOutline, CampaignState
from chimera_tui.domain.campaign_view import Alert, Best, CampaignView, CellFigure, CellProgress, CellState
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.options import AgentId
from tests.tui.scripted import HOST, STARTED, settings

CAMPAIGN = "n7w4kd"
MODELS = ("gemma3:latest", "llama3.1:8b")
GPUS = ("80", "40", "20", "10")
CONTEXTS = ("512", "1024", "2048", "4096")
OUT_OF_MEMORY = ErrorInfo(
    "load_failed", "the model could not be loaded: cudaMalloc failed: out of memory", HOST, "Use fewer layers."
)


def cell_id(number: int) -> str:
    return f"{number:012x}"


def cells(models: Sequence[str] = MODELS, repeats: int = 5) -> tuple[Cell, ...]:
    """Counted from 1 in the order of model, num_gpu, num_ctx."""
    points = [(model, gpu, context) for model in models for gpu in GPUS for context in CONTEXTS]
    return tuple(_cell(number, point, repeats) for number, point in enumerate(points, 1))


def _cell(number: int, point: tuple[str, str, str], repeats: int) -> Cell:
    model, gpu, context = point
    merged = (
        (MergedCell(f"num_gpu 120 · num_ctx {context}", ("B: num_gpu 120 is all 35 layers, as 80 is",)),)
        if gpu == "80"
        else ()
    )
    return Cell(
        cell_id(number),
        number,
        f"{model} · num_gpu {gpu} · num_ctx {context}",
        (("model", model), ("num_gpu", gpu), ("num_ctx", context)),
        "baseline-vs-tuned",
        "together",
        tuple(AgentId),
        (settings(), settings(num_gpu=int(gpu), num_ctx=int(context))),
        repeats,
        1,
        merged=merged,
    )


def rate_of(cell: Cell) -> float:
    """tok/s of agent B: more layers are faster, longer contexts a little slower."""
    speed = {"80": 102.0, "40": 101.2, "20": 44.7, "10": 21.3}[cell.value("num_gpu")]
    slower = {"512": 1.0, "1024": 0.995, "2048": 0.97, "4096": 0.91}[cell.value("num_ctx")]
    return speed * slower * (1.0 if cell.value("model").startswith("gemma") else 0.61)


def figures(cell: Cell, n: int) -> tuple[CellFigure, ...]:
    """The interval of one run is not known."""
    rate, spread = rate_of(cell), 0.012
    made: list[CellFigure] = []
    for agent, mean in (("a", 40.1 + cell.number / 50), ("b", rate)):
        for metric, unit, value in (("decode rate", "tok/s", mean), ("TTFT", "ns", 3.1e10 / mean)):
            low, high = (value * (1 - spread), value * (1 + spread)) if n > 1 else (None, None)
            made.append(CellFigure(metric, agent, unit, n, value, low, high))  # type: ignore[arg-type]
    wall = 2.4e12 / rate
    return (*made, CellFigure("wall", "", "ns", n, wall, wall * 0.99 if n > 1 else None, wall * 1.01))


def progress(cell: Cell, state: CellState, done: int, **more: object) -> CellProgress:
    runs = tuple(f"r{cell.number:02d}{place:03d}" for place in range(done))
    told = figures(cell, done) if done else ()
    return CellProgress(
        cell.cell_id,
        state,
        done,
        cell.repeats,
        runs=runs,
        figures=told,
        **more,  # type: ignore[arg-type]
    )


def campaign(state: CampaignState = CampaignState.RUNNING, **more: object) -> CampaignView:
    """Of 32 cells 16 are measured, one runs, others are out of it or wait; `more` changes the outline."""
    plan = CampaignPlan("night sweep", cells(), Rules(seed=7), notes=("the shape of llama3.1:8b is not known",))
    told = [_progress(cell) for cell in plan.cells]
    best = Best("decode rate", "b", cell_id(1), (cell_id(2), cell_id(5), cell_id(6)))
    alert = Alert(
        cell_id(4), "decode rate", "b", 6.21, 0.004, "B decode rate is 6.21 % below run t4y6mm (p = 0.004)"
    )
    goes_on = state in (CampaignState.RUNNING, CampaignState.WAITING)
    outline = CampaignOutline(
        CAMPAIGN,
        plan.name,
        state,
        STARTED,
        cells=len(plan.cells),
        done=sum(each.done for each in told),
        wanted=sum(each.wanted for each in told),
        failed=3,
        eta_s=7_380.0 if goes_on else None,
        spent_s=4_320.0,
        run_id="k3v9qa" if state is CampaignState.RUNNING else "",
        cell=cell_id(19) if state is CampaignState.RUNNING else "",
        alerts=1,
    )
    return CampaignView(
        replace(outline, **more),  # type: ignore[arg-type]
        plan,
        tuple(told),
        upcoming=(cell_id(19), cell_id(19), cell_id(20), cell_id(23), cell_id(24)),
        best=(best, Best("TTFT", "b", cell_id(1))),
        alerts=(alert,),
    )


def _progress(cell: Cell) -> CellProgress:
    match cell.number:
        case 3:
            return progress(cell, "done", 3, why="narrow enough: ±1.20 %")
        case 12:
            return progress(cell, "done", 5, disturbed=2)
        case 17:
            return progress(cell, "given up", 0, failed=3, error=OUT_OF_MEMORY)
        case 18:
            return progress(cell, "skipped", 1)
        case 19:
            return progress(cell, "running", 2)
        case 32:
            return progress(cell, "left out", 0, why="nothing answers at gpubox:11434")
        case number if number < 19:
            return progress(cell, "done", 5)
    return progress(cell, "waiting", 0)


def large(count: int = 10_000) -> CampaignView:
    """Cells over two axes of a hundred values each."""
    side = round(count**0.5)
    first = cells()[0]
    made = tuple(
        replace(
            first,
            cell_id=cell_id(number + 1),
            number=number + 1,
            label=f"num_gpu {number // side} · num_ctx {number % side}",
            values=(("num_gpu", str(number // side)), ("num_ctx", str(number % side))),
            merged=(),
        )
        for number in range(side * side)
    )
    half = len(made) // 2
    told = tuple(_told(cell, 5 if cell.number <= half else 0) for cell in made)
    plan = CampaignPlan("the large one", made, Rules())
    outline = CampaignOutline(
        CAMPAIGN, plan.name, CampaignState.PAUSED, STARTED, len(made), 5 * half, 5 * len(made), 0
    )
    return CampaignView(outline, plan, told, best=(Best("decode rate", "b", cell_id(half)),))


def _told(cell: Cell, done: int) -> CellProgress:
    """Its rate is its number."""
    rate = float(cell.number)
    figure = CellFigure("decode rate", "b", "tok/s", done, rate, rate - 0.5, rate + 0.5)
    return CellProgress(cell.cell_id, "done" if done else "waiting", done, 5, figures=(figure,) if done else ())
