"""Campaign files: what they may say, and what is told of a wrong one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chimera_tui.campaign.readers import duration
from chimera_tui.domain.campaign import AlertRule, CoolDown, HostRule, Limits, RepeatRule, StopRule
from chimera_tui.domain.errors import CampaignInvalid, SettingInvalid
from tests.campaign.files import spec_of

WHOLE = """
name = "night of the long contexts"
scenario = "equal"
mode = "sequence"

[agents]
model = "qwen3"
num_predict = 256
keep_alive = "30m"

[agents.b]
host = "box:11435"

[prompts]
short = "short"

[matrix]
num_gpu = [20, "default"]
prompt = ["default", "short"]
think = false

[[cells]]
label = "all of it"
num_ctx = 65536
repeats = 8

[[exclude]]
num_gpu = 20
prompt = "short"

[repeats]
count = 6
warmup = 1
until_percent = 1.5
least = 4
most = 12
metric = "TTFT"
spend_saved = false

[limits]
time = "8h"
tokens = 2_000_000
run_time = "1h30m"

[stop]
tries = 2
failed_cells = 5

[order]
seed = 7
grouping = "shuffled"

[cool_down]
below_c = 55
at_most = "2m"

[hosts]
wait = 600

[alerts]
baseline = "k3v9qa"
worse_percent = 3
metrics = "wall"
command = "notify-send worse"
"""


def error_of(toml: str) -> str:
    with pytest.raises(CampaignInvalid) as caught:
        spec_of(toml)
    return str(caught.value)


def test_everything_that_a_file_can_say_is_read() -> None:
    spec = spec_of(WHOLE)
    rules = spec.rules
    assert (spec.name, spec.points, spec.repeats, spec.warmup) == ("night of the long contexts", 5, 6, 1)
    assert rules.repeat == RepeatRule("TTFT", 1.5, 4, 12, False)
    assert rules.limits == Limits(28_800.0, 2_000_000, 5_400.0)
    assert rules.stop == StopRule(2, 5)
    assert (rules.seed, rules.grouping) == (7, "shuffled")
    assert rules.cool_down == CoolDown(55.0, 120.0)
    assert rules.hosts == HostRule("wait", 600.0)
    assert rules.alerts == AlertRule("k3v9qa", 3.0, ("wall",), "notify-send worse")
    assert [(each.axis, each.value) for each in spec.run] == [("scenario", "equal"), ("mode", "sequence")]
    assert [each.name for each in spec.prompts] == ["short"]
    assert spec.source == WHOLE


def test_an_empty_file_is_a_campaign_of_one_cell_called_by_its_file() -> None:
    spec = spec_of("")
    assert (spec.name, spec.points, spec.repeats, spec.warmup) == ("night", 1, 5, 0)
    assert spec.rules.alerts is None
    assert spec.rules.cool_down is None


def test_cells_alone_need_no_matrix() -> None:
    assert spec_of("[[cells]]\nnum_gpu = 1\n[[cells]]\nnum_gpu = 2\n").points == 2


def test_bounds_that_are_not_written_make_room_for_those_that_are() -> None:
    def repeats(lines: str) -> tuple[int, int, int]:
        spec = spec_of(f"[repeats]\n{lines}")
        return spec.repeats, spec.rules.repeat.least, spec.rules.repeat.most

    assert repeats("count = 30\n") == (30, 3, 30)
    assert repeats("until_percent = 2\nmost = 4\n") == (4, 3, 4)
    assert repeats("until_percent = 2\ncount = 2\n") == (2, 2, 10)
    assert repeats("until_percent = 2\nleast = 8\n") == (8, 8, 10)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("45s", 45.0),
        ("90m", 5_400.0),
        ("1h30m", 5_400.0),
        ("2d", 172_800.0),
        ("1.5h", 5_400.0),
        (12, 12.0),
        (0.5, 0.5),
    ],
)
def test_durations_are_written_as_people_write_them(written: object, seconds: float) -> None:
    assert duration(written) == seconds


@pytest.mark.parametrize(
    "wrong",
    ["", " ", "soon", "90", "1m30", "m", "-5m", 0, "0s", -1, True, None, float("nan"), 10**400, "9" * 500 + "d"],
)
def test_other_words_are_no_durations(wrong: object) -> None:
    with pytest.raises(SettingInvalid, match="must be a duration above 0"):
        duration(wrong)


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        ("nmae = 'x'\n", ["unknown key nmae", "night.toml:1", "Did you mean name?"]),
        ("\n[matrx]\nnum_gpu = 1\n", ["unknown key matrx", "night.toml:2", "Did you mean matrix?"]),
        (
            "[matrix]\nnum_gpuu = [1]\n",
            ["unknown key num_gpuu in [matrix]", "night.toml:2", "num_gpu?", "list of tables"],
        ),
        ("[matrix.a]\nnum_cxt = 1\n", ["num_cxt in [matrix.a]", "night.toml:2", "Did you mean num_ctx?"]),
        ("[[matrix]]\nseed = 1\n[[matrix]]\nseeed = 1\n", ["seeed in [matrix]", "night.toml:4", "mean seed?"]),
        ("[[cells]]\nseed = 1\n\n[[cells]]\n[cells.a]\ntop_kk = 1\n", ["top_kk in [cells.a]", "night.toml:6"]),
        ("[repeats]\ncuont = 1\n", ["cuont in [repeats]", "night.toml:2", "Did you mean count?"]),
        ("[agents.b]\nmodle = 'x'\n", ["modle in [agents.b]", "night.toml:2", "Did you mean model?"]),
        ("[matrix]\npair = [{a = {num_gpuu = 1}}]\n", ["num_gpuu in [matrix.pair.a]", "night.toml:2"]),
        ("[[exclude]]\nnum_gpu = 1\n", ["num_gpu is no axis", "night.toml:2", "no [matrix]"]),
        ("[matrix]\nnum_gpu = [1]\n[[exclude]]\nnum_ctx = 1\n", ["num_ctx is no axis", "night.toml:4", "num_gpu"]),
        ("[[exclude]]\n", ["drops every point", "night.toml:1"]),
        ("scenario = 'equals'\n", ["scenario must be", "night.toml:1", "Did you mean equal?"]),
        ("mode = ['together']\n", ["mode must be together or sequence", "night.toml:1"]),
        ("[matrix]\nmode = 'sequential'\n", ["mode must be together or sequence", "night.toml:2"]),
        ("[matrix]\nnum_gpu = [1, 5000]\n", ["num_gpu must be from -1 to 999, not 5000", "night.toml:2"]),
        ("[matrix]\ntemperature = [nan]\n", ["temperature must be from 0 to 2", "night.toml:2"]),
        ("[matrix]\nnum_gpu = []\n", ["num_gpu has no value", "night.toml:2"]),
        ("[matrix]\nhost = ['a b']\n", ["host: 'a b' is no address", "night.toml:2"]),
        ("[matrix]\nprompt = 'shrt'\n", ["prompt must be default", "night.toml:2"]),
        ("matrix = 3\n", ["matrix must be a table", "night.toml:1", "[[matrix]]"]),
        ("cells = [1]\n", ["cells must be a table", "night.toml:1"]),
        ("[matrix]\na = 3\n", ["a must be a table", "night.toml:2", "[matrix.a]"]),
        ("agents = 3\n", ["agents must be a table", "night.toml:1"]),
        ("[[cells]]\nnum_gpu = [1, 2]\n", ["num_gpu must be a number", "night.toml:2"]),
        ("[[cells]]\nrepeats = 0\n", ["repeats must be a whole number from 1", "night.toml:2"]),
        (
            "[matrix]\nx = [{seed = 1}, {label = 'seed 1'}]\n",
            ["two values of x are called seed 1", "night.toml:2"],
        ),
        ("[prompts]\nnone = 'nowhere'\n", ["none: there is no such folder", "night.toml:2", "Check the path."]),
        ("[prompts]\nnone = 'empty'\n", ["holds no prompt", "night.toml:2"]),
        ("[prompts]\ndefault = 'short'\n", ["can not be the name", "night.toml:2"]),
        ("[limits]\ntime = 0\n", ["time must be a duration above 0, not 0", "night.toml:2", "8h"]),
        ("[order]\ngrouping = 'group'\n", ["grouping must be", "Did you mean grouped?", "night.toml:2"]),
        ("[cool_down]\n", ["lacks below_c", "night.toml:1"]),
        ("[alerts]\nmetrics = ['decode']\n", ["metrics must be decode rate or TTFT or wall", "night.toml:2"]),
        ("name = \n", ["is not TOML", "night.toml:1"]),
        (f"[order]\nseed = 0x{'f' * 5_000}\n", ["seed must be a whole number", "night.toml:2"]),
        (f"[matrix]\nnum_gpu = [0x{'f' * 5_000}]\n", ["num_gpu is far too large", "night.toml:2"]),
        (f"[agents]\nkeep_alive = 0x{'f' * 5_000}\n", ["keep_alive must be a smaller number", "night.toml:2"]),
        (f"name = '{'x' * 5_000}'\n", ["name must be a text of at most 4,096 characters", "night.toml:1"]),
        ("name = 'a\u2028b'\n[limit]\n", ["unknown key limit", "night.toml:2"]),
        (f"x = {'9' * 5_000}\n", ["is not TOML"]),
        ('name = "\\u001b[2J"\n[limit]\n', ["unknown key limit", "night.toml:2"]),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(toml: str, parts: list[str]) -> None:
    sentence = error_of(toml)
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize(
    ("toml", "places"),
    [
        ("[repeats]\nuntil_percent = 1\nleast = 6\nmost = 4\n", ["least = 6 is more than most = 4", ":3", ":4"]),
        (
            "[repeats]\nuntil_percent = 1\ncount = 20\nmost = 4\n",
            ["count = 20 is outside of", "most = 4 in night.toml:4", ":3"],
        ),
        (
            "[repeats]\nuntil_percent = 1\nmost = 6\n[[cells]]\nrepeats = 9\n",
            ["repeats = 9 is outside of", "night.toml:3", "night.toml:5"],
        ),
        ("[repeats]\nleast = 2\n", ["least means nothing without until_percent", "night.toml:2"]),
        ("[limits]\ntime = '1h'\nrun_time = '2h'\n", ["run_time = 2h is longer than time = 1h", ":2", ":3"]),
        ("[hosts]\nwhen_down = 'skip'\nwait = 5\n", ["wait means nothing", "night.toml:2", "night.toml:3"]),
        (
            "[matrix]\nnum_gpu = [1]\npair = [{a = {num_gpu = 2}}]\n",
            ["pair sets num_gpu of A, as num_gpu in night.toml:2 does", "night.toml:3"],
        ),
        (
            "[matrix]\none = [{scenario = 'equal'}]\ntwo = [{scenario = 'different'}]\n",
            ["two sets scenario, as one in night.toml:2 does", "night.toml:3"],
        ),
    ],
)
def test_a_contradiction_names_both_places(toml: str, places: list[str]) -> None:
    sentence = error_of(toml)
    for place in places:
        assert place in sentence


def test_what_is_written_into_a_terminal_is_printable() -> None:
    toml = 'name = "\\u001b[2J"\n[matrix]\npair = [{ label = "\\u009b1m", seed = 1 }]\n'
    spec = spec_of(toml)
    assert spec.name == "\\x1b[2J"
    assert spec.matrices[0].axes[0].choices[0].text == "\\x9b1m"


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert spec_of("\ufeffname = 'x'\r\n").name == "x"


def test_the_command_of_an_alert_is_kept_as_it_was_written() -> None:
    written = 'logger\n\t"it got worse"'
    spec = spec_of(f"[alerts]\ncommand = '''{written}'''\n")
    assert spec.rules.alerts is not None
    assert spec.rules.alerts.command == written


@pytest.mark.parametrize(
    "command", ["cat > /tmp/alert.json", "mail me; true", "a | b", "say $(id)", "say `id`", "say 'it"]
)
def test_a_command_that_only_a_shell_would_understand_is_refused(command: str) -> None:
    with pytest.raises(CampaignInvalid, match=r"shell|no command"):
        spec_of(f"[alerts]\ncommand = {json.dumps(command)}\n")


def test_the_document_of_the_file_names_every_key_and_its_examples_hold(repository: Path) -> None:
    text = (repository / "docs" / "campaign-file.md").read_text()
    first, second = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert (spec_of(first).points, spec_of(second).points) == (7, 2)
    keys = re.findall(r"^\[?\[?(\w+)\]?\]?(?: = |$)", WHOLE, re.MULTILINE)
    assert len(keys) > 30
    assert [key for key in keys if not re.search(rf"[`\[. ]{key}[`\]. ]", text)] == []
