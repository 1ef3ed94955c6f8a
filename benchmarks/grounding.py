"""How well numbers of reports are judged, and how fast: `python -m benchmarks.grounding`.

Scored against labelled claims: one JSON object a line with `report`, `line`, `number`, `verdict` and `evidence`,
as the sample data beside the checkout has them. What is checked is what `chimera check` checks.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.analysis.grounding.check import TextChecker
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.commands.check_report import check_report
from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.formats.report_parts import report_parts
from chimera_tui.services.inventory.once import read_corpus_numbers, scan_once
from chimera_tui.services.inventory.roots import resolve_roots

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared"
JUDGEMENT = "[judgement]"
"""Evidence of close calls begins so."""
WORDS = 3_000
TIMES = 5
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to hold; those of quality are shares, those of time milliseconds."""

    verdict: Verdict
    precision: float | None
    recall: float


TARGETS = (
    Target(Verdict.CONTRADICTED, 0.95, 0.85),
    Target(Verdict.SUPPORTED, 0.98, 0.90),
    Target(Verdict.NOT_A_CLAIM, None, 0.97),
)
REPORT_MS, LINE_MS = 50.0, 1.0


@dataclass(frozen=True, slots=True)
class Label:
    report: str
    line: int
    number: str
    verdict: Verdict
    close: bool
    """A close call, which another reader may judge otherwise."""


class Confusion:
    """How often a label of one verdict was judged as another."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Verdict, Verdict]] = Counter()

    def add(self, label: Verdict, judged: Verdict) -> None:
        self._counts[label, judged] += 1

    def labelled(self, verdict: Verdict) -> int:
        return sum(self._counts[verdict, other] for other in Verdict)

    def precision(self, verdict: Verdict) -> float | None:
        """None where nothing was judged so."""
        judged = sum(self._counts[other, verdict] for other in Verdict)
        return self._counts[verdict, verdict] / judged if judged else None

    def recall(self, verdict: Verdict) -> float | None:
        """None where nothing is labelled so."""
        labelled = self.labelled(verdict)
        return self._counts[verdict, verdict] / labelled if labelled else None

    def f1(self, verdict: Verdict) -> float | None:
        precision, recall = self.precision(verdict), self.recall(verdict)
        if precision is None or recall is None or not precision + recall:
            return None
        return 2 * precision * recall / (precision + recall)


def labels_of(claims: Path) -> dict[str, list[Label]]:
    """By report, in reading order."""
    labels: dict[str, list[Label]] = defaultdict(list)
    for row in map(json.loads, claims.read_text(encoding="utf-8").splitlines()):
        close = str(row["evidence"]).startswith(JUDGEMENT)
        label = Label(row["report"], row["line"], row["number"], Verdict(row["verdict"]), close)
        labels[label.report].append(label)
    return labels


def judged(labels: Sequence[Label], text: str, numbers: Iterable[CheckedNumber]) -> list[tuple[Label, Verdict]]:
    """What was said of each labelled number; a number that nothing was said of is no claim.

    Labels of one line are in reading order, so that equal numbers are told apart.
    """
    lines = text.split("\n")
    by_line: dict[int, list[CheckedNumber]] = defaultdict(list)
    for number in numbers:
        by_line[number.line].append(number)
    found: list[tuple[Label, Verdict]] = []
    line, position = 0, 0
    for label in labels:
        if label.line != line:
            line, position = label.line, 0
        raw = lines[label.line - 1]
        start = raw.find(label.number, position)
        start = start if start >= 0 else raw.find(label.number)
        position = start + len(label.number)
        hits = [each for each in by_line[label.line] if each.start < position and each.end > start]
        claims = [each.verdict for each in hits if each.verdict.is_claim]
        found.append((label, claims[0] if claims else Verdict.NOT_A_CLAIM))
    return found


def score(pairs: Iterable[tuple[Label, Verdict]], *, strict: bool) -> Confusion:
    confusion = Confusion()
    for label, verdict in pairs:
        if not (strict and label.close):
            confusion.add(label.verdict, verdict)
    return confusion


# ---- time ------------------------------------------------------------------------------------------------


def times(texts: Sequence[str], facts: Facts) -> tuple[float, float, float, float]:
    """Milliseconds for 3,000 words, the same for finding digits alone, of the median line with a number, of the
    slowest line; each line's best of several rounds, so that what else the machine does is not in it."""
    rounds = [_round(texts, facts) for _ in range(TIMES)]
    best = [min(each) for each in zip(*rounds, strict=True)]
    words = sum(len(text.split()) for text in texts)
    started = time.perf_counter()
    for text in texts:
        for line in text.split("\n"):
            _DIGITS.findall(line)
    floor = time.perf_counter() - started
    with_numbers = [
        took for took, line in zip(best, (line for t in texts for line in t.split("\n")), strict=True)
        if _DIGITS.search(line)
    ]  # fmt: skip
    scale = 1e3 * WORDS / words
    return sum(best) * scale, floor * scale, statistics.median(with_numbers) * 1e3, max(best) * 1e3


def _round(texts: Sequence[str], facts: Facts) -> list[float]:
    took: list[float] = []
    for text in texts:
        checker = TextChecker(facts)
        for line in text.split("\n"):
            started = time.perf_counter()
            checker.feed(line)
            took.append(time.perf_counter() - started)
    return took


# ---- telling ---------------------------------------------------------------------------------------------


def print_scores(name: str, confusion: Confusion) -> None:
    print(f"{name}\n  {'verdict':<14}{'labelled':>9}{'precision':>10}{'recall':>10}{'F1':>10}")
    for verdict in Verdict:
        shares = confusion.precision(verdict), confusion.recall(verdict), confusion.f1(verdict)
        print(
            f"  {verdict:<14}{confusion.labelled(verdict):>9}" + "".join(f"{_share(each):>10}" for each in shares)
        )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def misses(confusion: Confusion) -> list[str]:
    """Targets that are not met."""
    found: list[str] = []
    for target in TARGETS:
        precision, recall = confusion.precision(target.verdict), confusion.recall(target.verdict)
        if target.precision is not None and (precision is None or precision < target.precision):
            found.append(f"precision of {target.verdict} {_share(precision)} of {target.precision}")
        if recall is None or recall < target.recall:
            found.append(f"recall of {target.verdict} {_share(recall)} of {target.recall}")
    return found


def arguments_of(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grounding", description=__doc__)
    parser.add_argument("--claims", type=Path, default=SAMPLES / "grounding" / "claims.jsonl")
    parser.add_argument(
        "--texts", type=Path, default=SAMPLES / "grounding" / "reports", help="the labelled reports"
    )
    corpus = [SAMPLES / "corpus" / "reports", SAMPLES / "corpus" / "csv_data"]
    parser.add_argument("--reports", type=Path, nargs="+", default=corpus, help="the files that they are about")
    parser.add_argument("--wrong", action="store_true", help="list the numbers that were judged otherwise")
    return parser.parse_args(argv)


def read(directories: Sequence[Path]) -> tuple[list[FileEntry], list[FileNumbers]]:
    roots = resolve_roots(directories)
    state, _ = scan_once(roots, read=False)
    return list(state.benchmark_files()), list(read_corpus_numbers(state, roots))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = arguments_of(argv)
    if not arguments.claims.is_file():
        print(f"there are no labelled claims in {arguments.claims}: nothing to score", file=sys.stderr)
        return 2
    files, numbers = read(arguments.reports)
    started = time.perf_counter()
    facts = Facts(files, numbers)
    made_ms = (time.perf_counter() - started) * 1e3
    pairs: list[tuple[Label, Verdict]] = []
    texts: list[str] = []
    for report, labels in labels_of(arguments.claims).items():
        text = (arguments.texts / f"{report}.md").read_text(encoding="utf-8")
        own = judged(labels, text, check_report(text, files, numbers).numbers)
        pairs += own
        lines = text.split("\n")
        texts.append("\n".join(lines[at - 1] for at in report_parts(text).model_lines))
        print_scores(report, score(own, strict=False))
    whole, strict = score(pairs, strict=False), score(pairs, strict=True)
    print_scores("all reports, without close calls", strict)
    print_scores("all reports", whole)
    if arguments.wrong:
        for label, verdict in pairs:
            if verdict is not label.verdict:
                close = " (a close call)" if label.close else ""
                print(f"{label.report}:{label.line} {label.number!r} is {label.verdict}, judged {verdict}{close}")
    report_ms, floor_ms, line_ms, worst_ms = times(texts, facts)
    print(f"{facts.count:,} numbers of {len(files)} files; the index took {made_ms:.0f} ms")
    print(
        f"{WORDS:,} words: {report_ms:.1f} ms (floor, finding digits: {floor_ms:.2f} ms), target {REPORT_MS:g} ms"
    )
    print(f"a line with numbers: median {line_ms:.2f} ms, slowest {worst_ms:.2f} ms, target {LINE_MS:g} ms")
    missed = misses(whole)
    missed += [f"{WORDS:,} words {report_ms:.1f} of {REPORT_MS:g} ms"] if report_ms > REPORT_MS else []
    missed += [f"a line {line_ms:.2f} of {LINE_MS:g} ms"] if line_ms > LINE_MS else []
    print(f"missed: {'; '.join(missed)}" if missed else "all targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
