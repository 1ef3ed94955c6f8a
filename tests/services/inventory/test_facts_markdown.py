"""What is read out of Markdown reports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.services.inventory.facts_markdown import read_markdown

REPORT = """\
# Gemma3 **Benchmark**

## Overall
- **Mean TTFT:** 0.165 seconds (excluding cold start)
- Throughput: ~101 tok/s (±1.2 tok/s)
* GPU: NVIDIA GeForce RTX 4080
- Window: 2025-10-08 (local)
**Size:** 3.3 GB

```
- Hidden: 5 ms
# no heading
```

## Prompts
| Prompt | TTFT (s) | Tokens/s | Chars |
| --- | ---: | :-: | --- |
| Mission \\| failure | 0.344 | **102.34** | 3,503 |
| Victory | 0.121 | 103.58 | n/a |

### Quick
| Metric | Value |
|---|---|
| Size | 3.3 GB |
| Load | 120 ms |

### Mixed
| Model | Peak | Note |
|-------|------|------|
| a | 12 ms | x |
| b | 2 s | y |
"""


def test_headings_tables_and_bullets_are_read() -> None:
    parts = read_markdown(REPORT)
    assert parts.names == ("Gemma3 Benchmark", "Overall", "Prompts", "Quick", "Mixed")
    assert parts.rows == REPORT.count("\n")
    assert {field.field: (field.count, round(field.mean, 4), field.unit) for field in parts.fields} == {
        "Overall › Mean TTFT": (1, 0.165, "s"),
        "Overall › Throughput": (1, 101, "tok/s"),
        "Overall › Size": (1, 3.3, "GB"),
        "Prompts › TTFT (s)": (2, 0.2325, "s"),
        "Prompts › Tokens/s": (2, 102.96, "tok/s"),
        "Prompts › Chars": (1, 3503, ""),
        "Quick › Size": (1, 3.3, "GB"),
        "Quick › Load": (1, 120, "ms"),
        "Mixed › Peak (ms)": (1, 12, "ms"),
        "Mixed › Peak (s)": (1, 2, "s"),
    }
    assert parts.problems == []


def test_a_report_with_windows_line_ends_and_no_heading_is_read() -> None:
    parts = read_markdown("- latency_ms: 5\r\n- latency_ms: 7\r\n")
    assert [(field.field, field.count, field.mean, field.unit) for field in parts.fields] == [
        ("latency_ms", 2, 6, "ms")
    ]
    assert parts.rows == 2


def test_an_unclosed_code_block_hides_the_rest() -> None:
    assert read_markdown("~~~\n- a: 1\n```\n- b: 2\n").fields == ()


@given(st.text(alphabet=st.sampled_from("#-*|:` \n1.a%~>\\"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(field.count > 0 for field in read_markdown(text).fields)
