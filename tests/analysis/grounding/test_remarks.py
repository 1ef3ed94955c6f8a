"""What is wrong with a report besides its numbers, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.analysis.grounding.remarks import remarks
from chimera_tui.domain.grounding import Remark

TODAY = "2026-11-22"
BODY = """## Executive Summary
The data set holds 12 files, and throughput averages **87.3 tok/s** in `reports/a.csv`.

## Recommendations
1. Keep every layer on the GPU as long as the memory allows it.
2. Repeat each configuration at least five times.
"""


def said(text: str, **kwargs: str) -> list[tuple[str, int]]:
    return [(remark.kind, remark.line) for remark in remarks(text, today=TODAY, **kwargs)]


def only(text: str, **kwargs: str) -> Remark:
    (remark,) = remarks(text, today=TODAY, **kwargs)
    return remark


def test_a_plain_report_is_given_no_remark() -> None:
    assert remarks(BODY, today=TODAY, done_reason="stop") == ()
    assert remarks(BODY, today=TODAY) == ()


# ---- empty and cut ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", " \n\n", "ok", "# Report\n\n## Key Findings\n", "---\n|||\n", "I can not do that."]
)
def test_a_text_of_nothing_is_empty(text: str) -> None:
    assert said(text, done_reason="stop") == [("empty", 0)]


def test_a_limit_of_tokens_is_told_with_the_last_words() -> None:
    remark = only(BODY + "3. Record the digest of the mod", done_reason="length")
    assert (remark.kind, remark.line) == ("cut", 7)
    assert remark.text.endswith("«3. Record the digest of the mod»")


@pytest.mark.parametrize(
    "end",
    [
        "The highest rate was measured with the",
        "Three files hold rates, two hold waits,",
        "## Conclusion",
        "3.",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3",
        "```json\n{",
    ],
)
def test_an_end_that_no_writer_chooses_is_a_cut_unless_the_server_says_otherwise(end: str) -> None:
    assert [kind for kind, _ in said(BODY + end)] == ["cut"]
    assert said(BODY + end, done_reason="stop") == []


@pytest.mark.parametrize(
    "end",
    [
        "Best regards,",
        "* * *",
        "---",
        "# End of report",
        "Signed off by",
        "```json\n{}\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_an_unusual_end_is_no_cut(end: str) -> None:
    assert said(BODY + end) == []


def test_a_fence_around_the_whole_answer_need_not_be_closed() -> None:
    assert said("```markdown\n" + BODY) == []


# ---- other scripts ---------------------------------------------------------------------------------------


def test_a_report_that_begins_in_another_script_is_flagged_with_its_words() -> None:
    remark = only("шрифта в отчете, чтобы обеспечить вид.\n\n" + BODY)
    assert remark == Remark(
        "other script", 1, "begins in Cyrillic: «шрифта в отчете, чтобы обеспечить вид.», the rest is Latin"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Explore有不少 options to optimize the utilization.",
        "1.  匮乏的格式和数据：CSV文件中的数据缺少明确的性能指标。",
        "The data показывает that it grows.",
        "秤 |        |        |",
        "यह रिपोर्ट बहुत अच्छी है और तेज़ है।",
        "여기 보고서 요약 입니다",
        "هذا التقرير يلخص البيانات",
    ],
)
def test_words_of_another_script_within_a_report_are_flagged(line: str) -> None:
    assert said(BODY + line + "\n" + BODY) == [("other script", 7)]


@pytest.mark.parametrize(
    "line",
    [
        "Measured by Никита Андреевич Сковорода in October.",
        "The model Qwen (通义千问) and 北京大学 take part.",
        "The prompt was “你好，请介绍一下你自己” in all runs.",
        "The prompt `请写一篇关于人工智能的文章` was used; 🚀 fast ✅.",
        "Δ < 3 %, σ = 1.2 µs, R² = 0.94, H₀, α/β/γ, ΔΣ, 12 °C, 4 Ω, 𝑥 = 𝐴𝑏𝑐𝑑𝑒𝑓.",
        "Café, naïve, Müller, Łódź, Đà Nẵng, São Paulo: thử nghiệm.",
        "See https://example.org/отчет/показывает/всё for more.",
        "```\nпример кода на другом языке\n```",
        "- 日本語",
    ],
)
def test_names_quotations_code_and_signs_are_no_drift(line: str) -> None:
    assert said(BODY + line + "\n" + BODY) == []


def test_a_report_wholly_in_another_script_is_told_once() -> None:
    lines = ["## முக்கிய கண்டுபிடிப்புகள்", "இந்த பகுப்பாய்வு Gemma 1B மற்றும் 270M மாதிரிகள் உட்பட விளக்குகிறது."]
    lines += [f"{place}. தரவு {place} JSON கோப்புகளின் அதிக செறிவு." for place in range(9)]
    remark = only("\n".join(lines), done_reason="stop")
    assert (remark.kind, remark.line) == ("other script", 1)
    assert remark.text.startswith("written in Tamil, not in English: «## முக்கிய")


def test_kana_make_a_text_japanese() -> None:
    assert (
        "Japanese" in remarks("この報告書は、測定結果をまとめたものです。速度は毎秒十四トークンです。\n")[0].text
    )


# ---- gibberish -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "The rate is high.<|im_end|><|im_start|>user",
        "Then <end_of_turn> <start_of_turn>model begins.",
        "G" * 200,
        "!" * 80,
        "the " + "abcdefghij" * 6 + " of it",
        "}{;;<>)(*&^%$#@!~`'\"?/\\|+=-_}{;;<>)(*&^%$#@!~",
        "it ั is ilibili вая 된다 nhữ ้ง ക്ക ở ბის",
        "bytes \ufffd\ufffd\ufffd\ufffd here",
        "a\x00b\x01c\x02d",
    ],
)
def test_what_nobody_can_read_is_gibberish(line: str) -> None:
    assert ("gibberish", 7) in said(BODY + line + "\n" + BODY)


@pytest.mark.parametrize(
    "line",
    [
        "-" * 200,
        "| " + "---|" * 40,
        "██████████████████████████████████████████ 42 %",
        "`<|im_end|>` stops it",
        "```\n" + "x" * 300 + "\n```",
        "https://example.org/" + "a" * 100,
        '{"a": [1, 2, 3], "b": {"c": "d"}, "e": [{"f": 1.5}, {"f": 2.5}]}',
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "0.000000000000000000000000001 and gemma3_1b_it_qat_param_tuning_summary_of_november.csv",
        "|" + "    |" * 60,
    ],
)
def test_rulers_bars_code_and_digests_are_no_gibberish(line: str) -> None:
    assert said(BODY + line + "\n" + BODY) == []


# ---- repeats ---------------------------------------------------------------------------------------------


def test_one_bullet_again_and_again_is_told_once_with_its_count() -> None:
    text = BODY + "\n".join(
        f"{place}. **Integration:** use formats such as JSON or CSV." for place in range(3, 20)
    )
    remark = only(text)
    assert (remark.kind, remark.line) == ("repeats", 7)
    assert remark.text.startswith("one line is written 17 times: «3. **Integration:**")


def test_a_passage_of_several_lines_in_a_loop_is_one_remark() -> None:
    remark = only(BODY + "The rate rises with the layers.\n\nThe wait falls with the layers.\n\n" * 6)
    assert remark.text.startswith("2 lines are written 6 times, one after the other: «The rate rises")


def test_a_phrase_in_a_loop_on_one_line_is_told() -> None:
    remark = only(BODY + "It shows " + "that the model is fast and " * 12 + "good.")
    assert (remark.kind, remark.line) == ("repeats", 7)
    assert remark.text.startswith("12 times in a row on one line: «that the model is fast and»")


def test_tables_labels_and_numbers_may_repeat() -> None:
    rows = "| model | rate |\n|---|---|\n" + "| gemma3 | not reported |\n" * 4
    labels = "".join(f"### Run {place}\n- Status: completed without errors\n" for place in range(8))
    numbers = "Values: " + "0.5, " * 60 + "0.5.\n"
    assert said(BODY + rows + labels + numbers + "```\n" + "{}, the same of all of them\n" * 9 + "```\n") == []


# ---- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("**Date:** October 26, 2023", True),
        ("**Date**: 2023-10-26", True),
        ("| Date | 26 October 2023 |", True),
        ("Report Date: 26th of Oct. 2023", True),
        ("**Date:** November 2025", True),
        ("**Date:** [Current Date]", True),
        ("**Prepared on:** 10/26/2023", True),
        ("# Technical Report: Benchmarks - October 26, 2023", True),
        ("**Date:** November 22, 2026", False),
        ("**Date:** 2026-11-21", False),
        ("**Date:** 22/11/2026 10:30 UTC", False),
        ("**Date:** November 2026", False),
        ("**Date:** not reported", False),
        ("**Date:** 2026-99-99", False),
        ("# Report on the runs of 2025-10-04 and after", False),
        ("# Technical Report: November 2025", False),
        ("Dates inside the files: 2025-10-04", False),
    ],
)
def test_a_date_line_must_say_today(line: str, wrong: bool) -> None:
    assert said(line + "\n\n" + BODY) == ([("wrong date", 1)] if wrong else [])
    assert remarks(line + "\n\n" + BODY) == ()


def test_a_date_far_below_the_head_is_a_measurements() -> None:
    assert said(BODY + "".join(f"Run {place} is done.\n" for place in range(15)) + "Date: 2025-10-04\n") == []


# ---- whatever comes --------------------------------------------------------------------------------------


def test_untrusted_words_are_quoted_without_their_controls() -> None:
    for remark in remarks("\x1b[2Jпривет\x07 всем, это отчёт\n" + BODY + "\x00\x1b]0;\x07" * 3, today=TODAY):
        assert remark.text.isprintable()


def test_the_labelled_reports_have_the_remarks_that_a_reader_would_make(shared_dir: Path) -> None:
    reports = shared_dir / "grounding" / "reports"
    if not reports.is_dir():
        pytest.skip("the labelled reports are not among the shared data")

    def kinds(name: str, first: int, last: int) -> list[str]:
        lines = (reports / f"{name}.md").read_text(encoding="utf-8").split("\n")[first - 1 : last]
        return [remark.kind for remark in remarks("\n".join(lines), today="2025-11-27")]

    assert kinds("seed_001_gemma3_chimera_a", 12, 90) == ["other script", "wrong date"]
    assert kinds("seed_000_gemma3_chimera_b", 14, 89) == ["wrong date"]
    assert kinds("gemma3_gpu60_ctx1024_chimera", 86, 135) == ["other script", "repeats"]
    assert kinds("gemma3_gpu80_ctx512_baseline", 84, 162) == ["wrong date", "other script"]
    assert kinds("llama31_gpu80_ctx1024_chimera", 87, 142) == []
    assert kinds("qwen25_gpu60_ctx512_baseline", 82, 250) == []


def test_notes_that_people_wrote_are_given_no_remark(shared_dir: Path) -> None:
    for file in (shared_dir / "corpus").rglob("*.md"):
        assert remarks(file.read_text(encoding="utf-8", errors="replace"), done_reason=None) == (), file.name
