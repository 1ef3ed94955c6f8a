"""What agent A writes: an inventory of a reports directory, its numbers and its gaps."""

from __future__ import annotations

from chimera_tui.simulator.promptfacts import Topic
from chimera_tui.simulator.prose import Pen, joined, sections, short


def analysis(pen: Pen) -> str:
    """Notes: coverage, files with numbers, gaps."""
    return sections(
        "### Coverage\n\n" + _coverage(pen) + "\n\n" + _folder_list(pen),
        "### Files with measurements\n\n" + _measured(pen, 6),
        _table(pen, 4),
        "### Missing telemetry\n\n" + _gaps(pen, 4),
        pen.pick(
            "**In short:** the set is broad rather than deep. Most configurations appear once, and only the files "
            "named above carry rates or latencies that can be compared without further assumptions.",
            "**In short:** coverage is good on the folder level, while repetition is thin. Before any setting is "
            "declared better than another, the single-sample entries should be measured again.",
        ),
    )


def report(pen: Pen) -> str:
    """The inventory with its usual headings."""
    return sections(
        "## Directory Coverage\n\n" + _coverage(pen),
        _folder_list(pen),
        _reading(pen),
        "## Files by Type\n\n" + _types(pen),
        "## Key Findings\n\n" + _findings(pen),
        _table(pen, 6),
        "## Gaps in Telemetry\n\n" + _gaps(pen, 5),
        "## Recommendations\n\n" + _recommendations(pen),
        _example(pen) if pen.chance(0.6) else "",
    )


def _coverage(pen: Pen) -> str:
    facts = pen.facts
    counted = joined([f"{pen.number(count)} {kind.upper()}" for kind, count in facts.kinds if count != "0"])
    total = pen.number(facts.total or str(len(facts.paths)))
    opening = pen.pick(
        f"The directory holds **{total} benchmark files**",
        f"In all, **{total} files** were found and read",
        f"This inventory covers **{total} files**",
    )
    split = f": {counted}" if counted else ""
    newest = max((stamp for _, stamp in facts.latest), default="")
    recent = f" The most recent change is from {newest}." if newest else " Modification times are not reported."
    return f"{opening}{split}.{recent} " + pen.pick(
        "The layout suggests that each experiment writes its raw samples next to its own summary.",
        "Raw samples, summaries and written notes sit close together, which makes the set easy to trace.",
        "File names follow a readable pattern of model, offload and context size.",
    )


def _folder_list(pen: Pen) -> str:
    folders = pen.some(pen.facts.folders, 6)
    lines = []
    for folder in folders:
        inside = [path for path in pen.facts.paths if path.startswith(f"{folder.rstrip('/')}/")]
        lines.append(f"- `{folder}`")
        lines += [f"  - `{short(path)}`" for path in pen.some(inside, 2)]
    return "\n".join(lines)


def _reading(pen: Pen) -> str:
    unreadable = pen.facts.unreadable
    if unreadable:
        named = joined([f"`{short(path)}`" for path in unreadable[:3]])
        return f"Not everything could be read whole; {named} should be looked at by hand before it is used."
    return pen.pick(
        "Every file could be read to its end, so the counts below are complete and not an estimate.",
        "No file had to be skipped, and nothing in the listing points to a run that was interrupted "
        "while writing.",
    )


def _types(pen: Pen) -> str:
    latest = dict(pen.facts.latest)
    role = {
        "csv": "per-request samples and sweeps",
        "json": "run summaries with their configuration",
        "md": "written reports and notes",
    }
    shares = dict(pen.facts.shares)
    lines = []
    for kind, count in pen.facts.kinds:
        share = shares.get(kind)
        if count != "0" and pen.inventions.due():
            count, share = pen.inventions.wrong(count), pen.inventions.wrong(share) if share else None
        told = f"{pen.number(count)} files" + (f" ({pen.number(share)} % of all)" if share else "")
        changed = latest.get(kind, "not reported")
        lines.append(f"- **{kind}**: {told}, {role.get(kind, 'other data')}; latest change {changed}")
    return "\n".join(lines) or "- Counts per type are not reported."


def _measured(pen: Pen, most: int) -> str:
    figures = pen.figures(most)
    lines = []
    for figure in figures:
        lines.append(f"- `{short(figure.path)}` reports `{figure.name}` with a mean of **{pen.mean(figure)}**")
        if figure.varies:
            low, high = pen.valued(figure, figure.low), pen.valued(figure, figure.high)
            lines.append(f"  - min {low}, max {high}, n = {figure.count}")
    return "\n".join(lines) or "- No file carries a number that could be compared."


def _findings(pen: Pen) -> str:
    lines = []
    for figure in pen.figures(5):
        mean, path = pen.mean(figure), short(figure.path)
        if figure.varies:
            low, high = pen.valued(figure, figure.low), pen.valued(figure, figure.high)
            lines.append(
                "- " + pen.pick(
                    f"`{figure.name}` averages **{mean}**, with a minimum of {low} and a maximum of "
                    f"{high}: `{path}`",
                    f"The mean of `{figure.name}` is **{mean}**, min {low}, max {high}: `{path}`",
                    f"`{figure.name}`: min {low}, mean **{mean}**, max {high}: `{path}`",
                )
            )  # fmt: skip
        elif figure.count == "1":
            lines.append(f"- `{figure.name}` is given as a single value, **{mean}**: `{path}`")
        else:
            lines.append(f"- `{figure.name}` is **{mean}** in each of {figure.count} values: `{path}`")
    if made_up := pen.inventions.sentence():
        lines.append(f"- {made_up}")
    return "\n".join(lines) or "- The files list no numbers, so no finding can be stated with evidence."


def _table(pen: Pen, most: int) -> str:
    figures = pen.figures(most)
    return pen.figure_table(figures) if figures else ""


def _gaps(pen: Pen, most: int) -> str:
    facts = pen.facts
    gaps = []
    if not facts.about(Topic.TTFT):
        gaps.append("**TTFT** is not reported anywhere, so interactive latency can not be judged.")
    if not facts.about(Topic.MEMORY):
        gaps.append("**VRAM use** is not reported; whether a layer spilled to the CPU remains a guess.")
    if not facts.about(Topic.THROUGHPUT):
        gaps.append("**Throughput** is not reported in a form that names its unit.")
    for zero in pen.some(pen.zeros(), 1):
        gaps.append(f"`{zero.name}` is **0** throughout `{short(zero.path)}`, which looks like a failed run.")
    if example := pen.measured_once():
        gaps.append(
            f"Several values were **measured once**, for example `{example.name}` in `{short(example.path)}`."
        )
    gaps += [
        "GPU temperature, clocks and power draw are missing, which hides **thermal throttling**.",
        "Server version and driver version do not travel with the results.",
        "It is not recorded whether the model was **already loaded** when a request started.",
    ]
    return "\n".join(f"- {gap}" for gap in gaps[:most])


def _recommendations(pen: Pen) -> str:
    items = [
        "Record `num_gpu`, `num_ctx` and the model's digest **with every row**, so that runs stay comparable.",
        "Repeat each configuration at least **5 times** and keep the single samples, not only their mean.",
        "Separate *load*, *prefill* and *decode* time; a sum of the three says little about any of them.",
        "Log VRAM and GPU clocks at 1 Hz beside each run, with the same time base as the requests.",
    ]
    chosen = pen.some(items, 3)
    nested = "   - Start with the configurations that later decisions rest on.\n   - Keep prompts and seeds fixed."
    return "\n".join(f"{place}. {item}" for place, item in enumerate(chosen, 1)) + "\n" + nested


def _example(pen: Pen) -> str:
    path = short(pen.facts.paths[0]) if pen.facts.paths else "run_001.json"
    return (
        "A record that closes most of these gaps needs only a few more keys:\n\n```json\n{\n"
        f'  "source": "{path}",\n  "num_gpu": null,\n  "num_ctx": null,\n  "ttft_ms": null,\n'
        '  "vram_bytes": null,\n  "repeat": null\n}\n```'
    )
