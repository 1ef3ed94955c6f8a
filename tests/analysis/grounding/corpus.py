"""A small inventory of our own, read by the real readers: what reports in these tests are about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from chimera_tui.analysis.grounding.check import TextChecker
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.services.inventory.once import read_corpus_numbers, scan_once
from chimera_tui.services.inventory.roots import resolve_roots

MODIFIED = {"csv": 1_731_500_000, "json": 1_730_000_000, "md": 1_731_600_000}
"""Seconds: 2024-11-13 12:13:20, 2024-10-27 03:33:20 and 2024-11-14 16:00:00 UTC."""

FILES: Mapping[str, str] = {
    "reports/alpha/alpha_1b_sweep.csv": (
        "model,num_gpu,num_ctx,tokens_s,ttft_s\n"
        "alpha:1b,20,512,181.9653,0.1258\n"
        "alpha:1b,40,1024,187.1752,0.0941\n"
        "alpha:1b,99,2048,184.3301,2.3189\n"
    ),
    "reports/alpha/alpha_4b_sweep.csv": (
        "model,num_gpu,num_ctx,tokens_s,ttft_s\nalpha:4b,20,512,96.1274,0.3391\nalpha:4b,40,1024,101.8842,0.2877\n"
    ),
    "reports/alpha/alpha_1b_sweep_summary.csv": "model,mean_tokens_s,mean_ttft_s\nalpha:1b,184.4902,0.8463\n",
    "data/baseline_run.json": (
        '{"summary": {"avg_tokens_per_second": 14.106339902901299, "p50_ms": 15.502165, "p99_ms": 15.584035},'
        ' "total_tokens": 225, "overall_tokens_per_second": 14.590837494496075,'
        ' "results": [{"name": "short", "tokens_per_second": 14.244, "tokens": 44},'
        ' {"name": "long", "tokens_per_second": 13.2745668, "tokens": 37}]}'
    ),
    "data/system_metrics.json": (
        '{"samples": [{"system": {"cpu_percent": 12.5}, "gpu": [{"utilization_gpu": 0, "temperature": 44}]},'
        ' {"system": {"cpu_percent": 15.4}, "gpu": [{"utilization_gpu": 93, "temperature": 61}]},'
        ' {"system": {"cpu_percent": 13.9}, "gpu": [{"utilization_gpu": 12, "temperature": 47}]}]}'
    ),
    "data/conv_bench_small.json": '{"backends": {"eager": {"mean_time_ms": 3.25}, "jit": {"mean_time_ms": 2.75}}}',
    "data/conv_bench_small.md": (
        "# Convolution\n\n| Backend | Mean (ms) |\n|---|---|\n| eager | 3.25 |\n| jit | 2.75 |\n"
    ),
    "data/notes.md": "# Notes\n\n- Card: 12 GB\n",
}
"""Three csv, three json, two md: eight files in two folders of two roots."""


def make_files(folder: Path) -> None:
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        at = MODIFIED[file.suffix[1:]]
        os.utime(file, (at, at))


def facts_of(folder: Path, told: ToldInventory | None = None) -> Facts:
    roots = resolve_roots([folder / "reports", folder / "data"])
    state, _ = scan_once(roots, read=False)
    return Facts(list(state.benchmark_files()), list(read_corpus_numbers(state, roots)), told)


def check(text: str, facts: Facts, today: str = "2024-12-01") -> list[CheckedNumber]:
    """Every number of a text, those that are no claims as well."""
    checker = TextChecker(facts, today)
    return [number for line in text.split("\n") for number in checker.feed(line)]
