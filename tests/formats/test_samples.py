"""The sample reports of the demo: small, of every kind, and consistent with one another."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean, median

import pytest

from chimera_tui.domain.names import FileKind, kind_of

SWEEPS = ("gemma3/gemma3_1b", "gemma3/gemma3_4b", "llama3/llama31_8b")
KEYS = ("model", "num_gpu", "num_ctx", "temperature")


@pytest.fixture
def samples(repository: Path) -> Path:
    return repository / "samples"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(table: list[dict[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in table]


def test_the_samples_are_few_and_small_and_say_that_they_are_invented(samples: Path) -> None:
    files = [path for path in samples.rglob("*") if path.is_file()]
    kinds = Counter(kind_of(path.name) for path in files)
    assert 24 <= len(files) <= 30
    assert kinds[FileKind.OTHER] == 0
    assert min(kinds[kind] for kind in (FileKind.CSV, FileKind.JSON, FileKind.MD)) >= 5
    assert sum(path.stat().st_size for path in files) < 150_000
    assert "invented for the demonstration" in (samples / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("stem", SWEEPS)
def test_every_summary_agrees_with_its_runs(samples: Path, stem: str) -> None:
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows(samples / f"{stem}_sweep_runs.csv"):
        groups[tuple(row[key] for key in KEYS)].append(row)
    summary = rows(samples / f"{stem}_sweep_summary.csv")
    assert len(summary) == len(groups) > 10
    for row in summary:
        runs = groups[tuple(row[key] for key in KEYS)]
        assert int(row["runs"]) == len(runs)
        assert float(row["mean_tokens_per_second"]) == pytest.approx(
            fmean(column(runs, "tokens_per_second")), abs=0.006
        )
        assert float(row["median_ttft_s"]) == pytest.approx(median(column(runs, "ttft_s")), abs=0.0006)
        assert float(row["max_ttft_s"]) == max(column(runs, "ttft_s"))


def test_times_of_a_run_add_up_and_its_rate_follows_from_them(samples: Path) -> None:
    for stem in SWEEPS:
        for row in rows(samples / f"{stem}_sweep_runs.csv"):
            parts = sum(float(row[name]) for name in ("load_s", "prompt_eval_s", "eval_s"))
            assert float(row["total_s"]) == pytest.approx(parts, abs=0.02)
            assert float(row["ttft_s"]) > float(row["load_s"]) + float(row["prompt_eval_s"])
            rate = int(row["output_tokens"]) / float(row["eval_s"])
            assert float(row["tokens_per_second"]) == pytest.approx(rate, rel=0.002)


def test_baselines_agree_with_their_samples(samples: Path) -> None:
    paths = sorted(samples.rglob("*_baseline.json"))
    assert len(paths) == 3
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        rates = [sample["tokens_per_second"] for sample in document["samples"]]
        assert document["runs"] == len(rates)
        assert document["tokens_per_second"]["mean"] == pytest.approx(fmean(rates), abs=0.006)
        assert document["tokens_per_second"]["max"] == max(rates)
        assert document["ttft_ms"]["max"] == max(sample["ttft_ms"] for sample in document["samples"])


def test_the_quantization_files_tell_the_same_story(samples: Path) -> None:
    folder = samples / "quantization"
    runs = rows(folder / "llama31_8b_quant_runs.csv")
    notes = (folder / "notes.md").read_text(encoding="utf-8")
    for row in rows(folder / "llama31_8b_quant_summary.csv"):
        mine = [run for run in runs if run["quantization"] == row["quantization"]]
        document = json.loads((folder / f"perplexity_{row['quantization'].lower()}.json").read_text())
        assert float(row["mean_tokens_per_second"]) == pytest.approx(
            fmean(column(mine, "tokens_per_second")), abs=0.006
        )
        assert document["perplexity"] == float(row["perplexity"])
        assert document["mean_tokens_per_second"] == float(row["mean_tokens_per_second"])
        assert f"| {row['mean_tokens_per_second']} |" in notes
