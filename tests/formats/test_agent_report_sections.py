"""The sections on waits, hardware and environment: as they are written and as they are read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from chimera_tui.domain.flags import DISTURBS
from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.names import printable
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import Spread
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.formats.agent_report import write_agent_report
from chimera_tui.formats.agent_report_read import AgentReport, read_agent_report, report_document
from chimera_tui.formats.agent_report_values import (
    flag_text,
    offload_text,
    pipe_table,
    plain,
    read_plain,
    read_tables,
)
from chimera_tui.formats.agent_report_waits import CLEAN, NOT_KNOWN
from chimera_tui.formats.combined_report import write_combined_report
from tests.formats.records import (
    ENVIRONMENT,
    FLAGS,
    MS,
    TELEMETRY,
    equipped,
    outcome,
    request,
    summary,
    unreported,
)
from tests.formats.strategies import runs, texts


def written(run: RunSummary, number: int = 0, body: str = "The text.") -> str:
    return write_agent_report(
        run, run.agents[number], report=body, analysis="", persona="You are.", data_summary="Two files."
    )


def read(run: RunSummary, number: int = 0) -> AgentReport:
    return read_agent_report(written(run, number))


def test_a_run_with_everything_has_the_new_sections_in_their_places() -> None:
    titles = [line for line in written(equipped()).split("\n") if line.startswith("## ")]
    assert titles == [
        "## Workflow Summary",
        "## Metrics",
        "## Waits",
        "## Hardware During The Run",
        "## Key Findings",
        "## Recommendations",
        "## Environment",
        "## Persona Prompt",
    ]


def test_ttft_is_taken_apart_per_request() -> None:
    first, second = read(equipped()).waits
    assert (first["Request"], second["Request"]) == ("analysis", "report")
    parts = ("Queue", "Load", "Prefill", "First decode step", "Rest", "Clamped")
    assert [first[name] for name in ("TTFT", *parts)] == [
        "620.00 ms",
        "100.00 ms",
        "200.00 ms",
        "300.00 ms",
        "20.00 ms",
        "0.00 ms",
        "0.00 ms",
    ]
    assert (first["First thought"], first["First answer"]) == ("none", "620.00 ms")
    assert first["Prefill rate"].startswith("withheld: the server does not say how many")


def test_what_a_request_did_not_report_is_said_so_in_its_row() -> None:
    thought = ClientTimings(0, 40 * MS, None, 50 * MS, 51 * MS, 2)
    one = replace(request("analysis"), server=ServerTimings(), client=thought)
    row = read(summary(outcome(requests=(one,)))).waits[0]
    assert (row["TTFT"], row["First thought"], row["First answer"]) == ("40.00 ms", "40.00 ms", "not reported")
    assert {row[name] for name in ("Queue", "Load", "Prefill", "Rest", "Clamped")} == {"not reported"}


def test_an_agent_is_told_its_own_flags_and_those_of_the_run() -> None:
    others = "other GPU processes: train.py had memory of GPU 0"
    first = read(equipped(), 0)
    assert (first.flags, first.notes) == ((others,), ("report: cached prompt: 890 of 900 tokens",))
    assert read(equipped(), 1).flags == (
        "analysis: queued behind the other agent: waited 24.5 s behind A",
        others,
    )
    assert flag_text(FLAGS[0], with_agent=True).startswith("agent B, analysis: queued")
    assert CLEAN in written(summary())
    assert CLEAN not in written(equipped())
    assert CLEAN in written(replace(equipped(), flags=FLAGS[2:]))


def test_a_run_that_could_show_no_disturbance_is_not_said_to_be_clean() -> None:
    for run in (summary(outcome(requests=(unreported("analysis"),))), summary(state=RunState.CANCELLED)):
        assert CLEAN not in written(run)
        assert NOT_KNOWN in written(run)
        assert "clean" not in write_combined_report(run, {}, {})
    assert NOT_KNOWN not in written(summary())


def test_hardware_has_least_mean_and_most_and_the_energy() -> None:
    report = read(equipped())
    rows = {row["Quantity"]: row for row in report.hardware}
    assert rows["GPU 0 power"] == {
        "Quantity": "GPU 0 power",
        "Unit": "W",
        "Min": "80.0",
        "Mean": "300",
        "Max": "400",
        "Samples": "7",
    }
    assert (rows["GPU 0 memory used"]["Unit"], rows["GPU 0 memory used"]["Max"]) == ("GB", "5.00")
    assert "GPU 0 temperature" not in rows
    assert report.hardware_facts == {
        "Sampled": "7 times in 6.00 s",
        "Energy of all GPUs": "1,800 J",
        "Energy per token": "3.75 J",
        "GPU 0": "NVIDIA H200",
        "GPU 0 throttled by": "sw_thermal",
        "GPU 0 other processes": "train.py",
    }


def test_a_figure_that_is_no_number_is_left_out() -> None:
    odd = replace(TELEMETRY, load_1m=Spread(0.0, float("nan"), 1.0, 2), energy_j=float("inf"))
    text = written(replace(equipped(), telemetry=odd))
    report = read_agent_report(text)
    assert "Load average, 1 min" not in {row["Quantity"] for row in report.hardware}
    assert report.hardware_facts["Energy of all GPUs"] == "not reported"
    assert report.hardware_facts["Energy per token"] == "not reported"


def test_slices_of_one_gpu_are_told_apart() -> None:
    slices = replace(
        TELEMETRY, gpus=(TELEMETRY.gpus[0], replace(TELEMETRY.gpus[0], name="MIG 1g", uuid="MIG-2", mig_index=0))
    )
    report = read(replace(equipped(), telemetry=slices))
    assert (report.hardware_facts["GPU 0"], report.hardware_facts["GPU 0 MIG 0"]) == ("NVIDIA H200", "MIG 1g")
    assert sum(row["Quantity"] == "GPU 0 MIG 0 power" for row in report.hardware) == 1


def test_the_environment_tells_machine_server_and_model_and_leaves_out_what_nobody_told() -> None:
    found = read(equipped(), 0).environment
    assert found["Chimera TUI"] == "0.3.0 commit abc1234"
    assert found["GPU 0"] == "NVIDIA H200, 150 GB"
    assert found["GPU driver"] == "570.86, CUDA 12.8"
    assert (found["CPU"], found["OS"]) == ("EPYC 9454, 16 cores", "Ubuntu 24.04, kernel 6.8.0")
    assert found["Machine"] == "0123456789ab"
    assert (found["Ollama"], found["Model digest"], found["Quantisation"]) == ("0.33.3", "a2af6cc3eb7f", "Q4_K_M")
    assert found["Prompt digest"] == "aaaaaaaaaaaa"
    other = read(equipped(), 1).environment
    assert other["Ollama"] == "version not reported, on another machine, whose hardware is not known"
    assert "Model digest" not in other
    assert other["Prompt digest"] == "bbbbbbbbbbbb"
    named = replace(ENVIRONMENT, host=replace(ENVIRONMENT.host, hostname="box"))
    assert read(replace(equipped(), environment=named)).environment["Machine"] == "0123456789ab (box)"


def test_a_run_without_telemetry_and_environment_is_read_as_before() -> None:
    report = read(summary())
    assert (report.hardware, report.hardware_facts, report.environment) == ((), {}, {})
    assert len(report.waits) == 2


def test_a_report_of_the_first_release_is_read_although_its_texts_hold_the_new_marks() -> None:
    text = written(summary(), body="Body.")
    before, _, rest = text.partition("<!-- chimera:section waits -->\n")
    old = before + rest[rest.index("<!-- chimera:section findings -->") :]
    mark = "<!-- chimera:section waits -->\n\n⚑ not ours\n\n<!-- chimera:section environment -->"
    old = old.replace("You are.", mark).replace("Body.", mark)
    report = read_agent_report(old)
    assert (report.body, report.persona) == (mark, mark)
    assert (report.waits, report.flags, report.environment) == ((), (), {})
    assert list(report.metrics)[:2] == ["Throughput", "TTFT"]


def test_a_text_that_holds_a_new_mark_changes_the_marks() -> None:
    mark = "<!-- chimera:section hardware -->"
    text = written(equipped(), body=mark)
    assert "<!-- chimera:section hardware k1 -->" in text
    report = read_agent_report(text)
    assert report.body == mark
    assert report.hardware


def test_the_document_holds_the_new_sections() -> None:
    document = report_document(read(equipped(), 1))
    assert document["flags"] == list(read(equipped(), 1).flags)
    assert {"waits", "hardware", "hardware_facts", "environment"} <= document.keys()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run=runs)
def test_any_run_is_written_and_its_sections_are_found_again(run: RunSummary) -> None:
    for number, agent in enumerate(run.agents):
        report = read(run, number)
        mine = [flag for flag in run.flags if flag.agent in (None, agent.agent)]
        for told, disturbs in ((report.flags, True), (report.notes, False)):
            sentences = [flag_text(flag, with_agent=False) for flag in mine if flag.cause.disturbs is disturbs]
            assert list(told) == [printable(sentence) for sentence in sentences]
        assert [row["Request"] for row in report.waits] == [each.step for each in agent.requests]
        assert bool(report.environment) == (run.environment is not None)
        assert bool(report.hardware_facts) == (run.telemetry is not None)
        assert (report.body, report.persona) == ("The text.", "You are.")
        assert set(report.metrics) >= {"Throughput", "TTFT", "Load Duration"}
        assert not any(DISTURBS in name or "|" in name for name in report.metrics)


@settings(deadline=None)
@given(first=texts, second=texts)
def test_a_cell_shows_and_gives_back_the_printable_text(first: str, second: str) -> None:
    wanted = [printable(text).strip() for text in (first, second)]
    lines = "\n".join(pipe_table(("One", "Two"), [(first, second)]))
    assert read_tables(f"\n{lines}\n") == [[{"One": wanted[0], "Two": wanted[1]}]]
    tokens = MarkdownIt("commonmark").enable("table").parse(lines)
    cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
    kinds = {child.type for cell in cells for child in cell.children or ()}
    assert kinds <= {"text", "text_special"}
    shown = ["".join(child.content for child in cell.children or ()) for cell in cells]
    assert shown == wanted


def test_names_with_underscores_stay_readable() -> None:
    assert plain("OLLAMA_NUM_PARALLEL=1") == "OLLAMA_NUM_PARALLEL=1"
    assert plain("_x_ a|b\\") == "\\_x\\_ a\\|b\\\\"
    assert read_plain("\\_x\\_ a\\|b\\\\") == "_x_ a|b\\"


def test_the_other_agents_prompt_is_not_among_the_facts() -> None:
    assert "bbbbbbbbbbbb" not in written(equipped(), 0)


@pytest.mark.parametrize(
    ("offload", "told"),
    [
        (Offload(80, 34, 5000, 5000), "num_gpu 80, 35 of 35 layers, 100 % in VRAM"),
        (Offload(None, 34, 5000, 5000), "num_gpu default, all 35 layers, 100 % in VRAM"),
        (Offload(None, 34, 5000, 4280), "num_gpu default, the server's choice of the 35 layers, 85.6 % in VRAM"),
        (Offload(20, None, 5000, 4280), "num_gpu 20, how many layers the model has is not known, 85.6 % in VRAM"),
        (Offload(20, 34), "num_gpu 20, 20 of 35 layers, VRAM not reported"),
    ],
)  # fmt: skip
def test_layers_that_the_server_chose_are_known_where_all_of_them_are_in_vram(offload: Offload, told: str) -> None:
    assert offload_text(offload) == told
