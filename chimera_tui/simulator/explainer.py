"""What agent B writes: what the measurements mean, what to do, and what could go wrong."""

from __future__ import annotations

from chimera_tui.simulator.promptfacts import Figure, Topic
from chimera_tui.simulator.prose import Pen, joined, sections, short


def analysis(pen: Pen) -> str:
    """Notes: settings and their cost, quality, uncertainty."""
    return sections(
        "### Throughput and latency\n\n" + _tradeoffs(pen),
        _table(pen, 5),
        "### Where speed may cost quality\n\n" + _quality(pen),
        "### What remains uncertain\n\n" + _uncertain(pen),
        pen.pick(
            "Taken together, the numbers support a *cautious* ranking of configurations, not a "
            "verdict. The widest "
            "spreads sit in the same files that hold the highest rates, which is where a repeat pays off first.",
            "The picture is consistent enough to plan the next sweep, and too thin to close the "
            "question. A repeat of "
            "the two best configurations under one fixed prompt would settle most of it.",
        ),
    )


def report(pen: Pen) -> str:
    """Executive summary, findings, three recommendations, a risk table and conclusions."""
    return sections(
        "## Executive Summary\n\n" + _summary(pen),
        "## Key Findings\n\n" + _findings(pen),
        _table(pen, 6),
        "## Recommendations\n\n" + _recommendations(pen),
        _settings(pen) if pen.chance(0.6) else "",
        "## Risks\n\n" + _risks(pen),
        "## Conclusions\n\n" + _conclusions(pen),
    )


def _lead(pen: Pen, *topics: Topic) -> Figure | None:
    """The number that speaks for a topic: the one with most values."""
    telling = [figure for figure in pen.facts.about(*topics) if figure.tells]
    return max(telling, key=lambda figure: (figure.varies, figure.values), default=None)


def _summary(pen: Pen) -> str:
    total = pen.number(pen.facts.total or str(len(pen.facts.paths)))
    counted = joined([f"{pen.number(count)} {kind}" for kind, count in pen.facts.kinds if count != "0"])
    split = f" ({counted})" if counted else ""
    rate, wait = _lead(pen, Topic.THROUGHPUT), _lead(pen, Topic.TTFT, Topic.LATENCY)
    lines = [f"The data set comprises **{total} files**{split} and is large enough to compare settings."]
    if rate is not None:
        lines.append(f"Throughput averages **{pen.lead(rate)}** (`{rate.name}`, `{short(rate.path)}`).")
    if wait is not None:
        told = f"a mean of **{pen.lead(wait)}** (`{short(wait.path)}`)"
        lines.append(f"The wait that users notice is best described by `{wait.name}`, with {told}.")
    if made_up := pen.inventions.sentence():
        lines.append(made_up)
    lines.append(
        pen.pick(
            "The main lever is how many layers stay on the GPU; context size comes second, and "
            "sampling settings have "
            "no visible effect on speed.",
            "Differences between configurations are real but smaller than the spread inside single files, so the "
            "order of the best few should be read with care.",
        )
    )
    second = pen.pick(
        "Three actions follow: keep the fastest stable configuration as the baseline, spend the next "
        "measurements on "
        "TTFT, and guard quality with a fixed set of prompts before any default is changed.",
        "What follows balances throughput, TTFT and quality. None of the steps needs new hardware, "
        "and each can be "
        "undone with a single setting.",
    )
    return f"{' '.join(lines)}\n\n{second}"


def _findings(pen: Pen) -> str:
    lines = []
    for figure in pen.figures(5):
        mean, path = f"**{pen.mean(figure)}**", short(figure.path)
        if not figure.varies:
            once = "measured only this one time" if figure.count == "1" else "the same in all its values"
            lines.append(f"- `{figure.name}` stands at {mean}, {once}: `{path}`")
            continue
        low, high = pen.valued(figure, figure.low), pen.valued(figure, figure.high)
        lines.append(
            "- " + pen.pick(
                f"`{figure.name}` averages {mean}, with a minimum of {low} and a maximum of {high}: `{path}`",
                f"`{figure.name}` has a maximum of {high} and a mean of {mean}: `{path}`",
                f"The mean of `{figure.name}` is {mean}, its minimum {low}, its maximum {high}: `{path}`",
            )
        )  # fmt: skip
        if figure.spread() > 1.5:
            lines.append("  - The spread is wide; look at the single runs before trusting the mean.")
        elif pen.chance(0.4):
            lines.append("  - The spread is narrow, so one more repeat would change little.")
    return "\n".join(lines) or "- The facts contain no measurements; any ranking would be a guess."


def _topic(figure: Figure) -> str:
    names = {Topic.THROUGHPUT: "Throughput", Topic.TTFT: "TTFT", Topic.LATENCY: "Latency", Topic.MEMORY: "Memory"}
    return names.get(figure.topic, "The setting")


def _table(pen: Pen, most: int) -> str:
    figures = pen.figures(most)
    return pen.figure_table(figures) if figures else ""


def _evidence(pen: Pen, *topics: Topic) -> str:
    figure = _lead(pen, *topics)
    if figure is None:
        return "**not reported**"
    return f"mean `{figure.name}` **{pen.mean(figure)}** (`{short(figure.path)}`)"


def _recommendations(pen: Pen) -> str:
    rate, ttft = _evidence(pen, Topic.THROUGHPUT), _evidence(pen, Topic.TTFT, Topic.LATENCY)
    return "\n".join(
        (
            "1. **Fix the offload first.** Keep every layer on the GPU as long as VRAM allows; "
            f"current evidence: {rate}.",
            "   - Lower `num_ctx` before lowering `num_gpu`, because the KV cache grows with the context.",
            f"   - Accept a change only when it gains more than **{pen.pick('5', '8', '10')} %** in "
            "three repeats.",
            f"2. **Treat TTFT as a goal of its own.** Today: {ttft}.",
            "   - Preload the model, and keep load-time options equal between agents so that nothing reloads.",
            "   - Report queue, load and prefill apart from each other; only then is a slow start explained.",
            "3. **Protect quality while tuning.** Hold `temperature` and `seed` fixed and score a "
            "small prompt set.",
            "   - Prefer a stronger quantization over a smaller context when *both* fit.",
            "   - Stop the sweep as soon as answers get visibly shorter or repeat themselves.",
        )
    )


def _settings(pen: Pen) -> str:
    both = pen.pick("together", "sequence")
    return (
        "For the next sweep, what both agents share stands in one place:\n\n```toml\n"
        f'[agents]\nkeep_alive = "30m"\n\n[run]\nmode = "{both}"\n```'
    )


def _risks(pen: Pen) -> str:
    single = pen.measured_once()
    once = f"`{single.name}` in `{short(single.path)}`" if single is not None else "few repeats per setting"
    rows = [
        ("Conclusions from single samples", once, "Repeat at least 5 times and report intervals"),
        (
            "VRAM spill at large contexts",
            _evidence(pen, Topic.MEMORY),
            "Watch `size_vram` against `size` while loading",
        ),
        (
            "Hidden reloads between agents",
            _evidence(pen, Topic.TTFT, Topic.LATENCY),
            "Use equal load-time options",
        ),
        ("Throughput tuned at the cost of quality", _evidence(pen, Topic.THROUGHPUT), "Score a fixed prompt set"),
    ]
    return pen.table(("Risk", "Evidence", "Mitigation"), rows if pen.chance(0.6) else rows[:3])


def _conclusions(pen: Pen) -> str:
    return pen.pick(
        "The measurements point in one direction: **keep the model on the GPU, keep the context "
        "modest, and measure "
        "the first token separately**. The remaining doubt comes from repetition, not from method. A "
        "short follow-up "
        "with fixed prompts would turn these tendencies into numbers that can be defended.",
        "There is a clear candidate for the default configuration, and a short list of measurements "
        "that would confirm "
        "it. Until those exist, *stability* should count for more than the last few percent of "
        "throughput. The next "
        "report should open with confidence intervals instead of means.",
    )


def _tradeoffs(pen: Pen) -> str:
    lines = []
    for figure in pen.figures(4):
        lines.append(
            f"- **{_topic(figure)}**: `{figure.name}` has a mean of {pen.mean(figure)} in `{short(figure.path)}`"
        )
        if figure.varies:
            low, high = pen.valued(figure, figure.low), pen.valued(figure, figure.high)
            lines.append(f"  - min {low}, max {high}")
    return "\n".join(lines) or "- The facts name no throughput and no latency."


def _quality(pen: Pen) -> str:
    return "\n".join(
        (
            "- **Quantization**: smaller weights decode faster, and the files say nothing about answer quality.",
            "- **Context**: a larger `num_ctx` costs VRAM and, once layers leave the GPU, decode speed as well.",
            f"- **Sampling**: a temperature above {pen.pick('0.9', '1.0', '1.2')} makes runs hard to "
            "compare, because "
            "the length of the answers starts to vary.",
        )
    )


def _uncertain(pen: Pen) -> str:
    lines = [
        f"- `{zero.name}` is 0 throughout `{short(zero.path)}`; that run most likely failed and should not count."
        for zero in pen.some(pen.zeros(), 1)
    ]
    if single := pen.measured_once():
        lines.append(f"- `{single.name}` in `{short(single.path)}` rests on one value.")
    lines.append("- Whether the model was warm when a run began is not reported, so load time may hide in TTFT.")
    lines.append("- Two agents on one server may have waited for each other; the files can not tell.")
    return "\n".join(lines)
