"""A plausible report made from the facts in the prompt; on demand some of its numbers are invented."""

from __future__ import annotations

import random
import re

from chimera_tui.simulator import collector, explainer
from chimera_tui.simulator.mending import mend
from chimera_tui.simulator.promptfacts import read_facts
from chimera_tui.simulator.prose import Pen, sections

_COLLECTS = re.compile(r"collect|inventory|take stock|coverage", re.IGNORECASE)
_EXPLAINS = re.compile(r"explain|insight|recommend|executive|risk", re.IGNORECASE)
_ASKS_REPORT = re.compile(r"\bwrite (?:the|a|your|an? \w+)(?: \w+)? report\b|\bfinal report\b", re.IGNORECASE)
_ASKS_ANALYSIS = re.compile(r"\banaly[sz](?:e|is|ing)\b", re.IGNORECASE)
_PERSONA_CHARACTERS = 600


def write(system: str, prompt: str, rng: random.Random, invent: float = 0.0) -> str:
    """Markdown: the collector's inventory or the explainer's report, as an analysis or in full.

    A report that is asked to be mended is. `invent` is the share of the numbers that are wrong. The same texts and
    generator state give the same answer.
    """
    if (mended := mend(prompt)) is not None:
        return mended
    facts = read_facts(prompt)
    if not facts:
        return _without_facts(prompt)
    pen = Pen(facts, rng, invent)
    if _is_collector(system or prompt[:_PERSONA_CHARACTERS]):
        return collector.report(pen) if _wants_report(prompt) else collector.analysis(pen)
    return explainer.report(pen) if _wants_report(prompt) else explainer.analysis(pen)


def thoughts(system: str, prompt: str, rng: random.Random) -> str:
    """What a thinking model thinks before it writes."""
    facts = read_facts(prompt)
    role = "an inventory" if _is_collector(system or prompt[:_PERSONA_CHARACTERS]) else "an explanation"
    pen = Pen(facts, rng)
    counted = ", ".join(f"{count} {kind}" for kind, count in facts.kinds) or "no counts per type"
    return (
        f"Okay, I am asked for {role}. The facts list {facts.total or 'an unknown number of'} files: {counted}. "
        f"There are {len(facts.figures)} numbers with a name. "
        + pen.pick(
            "Let me see which of them can be compared. ", "First I should group them by what they measure. "
        )
        + "Units differ between files, so rates and times must not be mixed. I will name each file, "
        "keep the headings that were asked for, and say plainly what is missing.\n"
    )


def _is_collector(persona: str) -> bool:
    return len(_COLLECTS.findall(persona)) > len(_EXPLAINS.findall(persona))


def _wants_report(prompt: str) -> bool:
    """The task usually stands first or last; facts and earlier answers between them do not count."""
    task = f"{prompt[:200]}\n{prompt[-900:]}"
    return bool(_ASKS_REPORT.search(task)) or not _ASKS_ANALYSIS.search(task)


def _without_facts(prompt: str) -> str:
    words = len(prompt.split())
    return sections(
        "## Summary",
        f"The request of {words} words names no files and no measurements, so there is nothing to analyse yet.",
        "## What is needed",
        "- the list of benchmark files with their types and times\n- the numbers in them, each with its **unit**\n"
        "- the configuration that produced them, such as `num_gpu` and `num_ctx`",
        "With these, an inventory and a comparison of settings can be written.",
    )
