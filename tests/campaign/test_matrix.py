"""A file becomes cells: points, exclusions, scenarios, and what is merged because it is the same in effect."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from chimera_tui.campaign.effect import digest, effective, load_key
from chimera_tui.campaign.matrix import settings_of
from chimera_tui.domain.errors import CampaignInvalid
from chimera_tui.domain.options import AgentId, Options
from tests.campaign.files import DEFAULTS, GEMMA, HOST, KnownShape, expanded, plan_of, spec_of

A, B = AgentId


def labels(toml: str) -> list[str]:
    return [cell.label for cell in plan_of(toml).cells]


def test_the_last_axis_changes_fastest_and_cells_come_after_the_matrix() -> None:
    toml = "[matrix]\nnum_ctx = [512, 1024]\nseed = [1, 2]\n[[cells]]\nnum_ctx = 4096\n"
    plan = plan_of(toml)
    assert [cell.label for cell in plan.cells] == [
        "num_ctx 512 · seed 1",
        "num_ctx 512 · seed 2",
        "num_ctx 1024 · seed 1",
        "num_ctx 1024 · seed 2",
        "num_ctx 4096",
    ]
    assert [cell.number for cell in plan.cells] == [1, 2, 3, 4, 5]
    assert plan.axes == ("num_ctx", "seed")
    assert plan.cells[0].values == (("scenario", "equal"), ("mode", "together"), ("num_ctx", "512"), ("seed", "1"))


def test_a_bundle_sets_several_things_at_once_and_is_one_axis() -> None:
    toml = """
[matrix]
seed = [1, 2]
split = [{ a = { num_gpu = 10 }, b = { num_gpu = 20 } }, { label = "even", num_gpu = 15 }]
"""
    plan = plan_of(toml)
    assert [cell.value("split") for cell in plan.cells] == ["a.num_gpu 10, b.num_gpu 20", "even"] * 2
    assert [cell.scenario for cell in plan.cells] == ["different", "equal"] * 2
    layers = [[settings.options.num_gpu for settings in cell.settings] for cell in plan.cells]
    assert layers == [[10, 20], [15, 15]] * 2


def test_points_that_match_all_keys_of_an_exclude_are_dropped() -> None:
    toml = """
[matrix]
num_ctx = [512, 1024]
pair = [{ label = "x", seed = 1 }, { label = "y", seed = 2 }]
[[exclude]]
num_ctx = 512
pair = ["y"]
[[exclude]]
num_ctx = [1024]
pair = "none"
"""
    with pytest.raises(CampaignInvalid, match="pair must be x or y"):
        expanded(toml)
    found = expanded(toml.partition("[[exclude]]\nnum_ctx = [")[0])
    assert (found.points, found.excluded) == (4, 1)
    assert [cell.label for cell in found.plan.cells] == [
        "num_ctx 512 · pair x",
        "num_ctx 1024 · pair x",
        "num_ctx 1024 · pair y",
    ]


def test_a_value_is_excluded_however_it_is_written_and_a_cell_of_its_own_never() -> None:
    toml = "[matrix]\ntemperature = [0, 1]\n[[exclude]]\ntemperature = 1.0\n[[cells]]\ntemperature = 1\n"
    found = expanded(toml)
    assert (found.points, found.excluded) == (3, 1)
    assert [cell.label for cell in found.plan.cells] == ["temperature 0.0", "temperature 1.0"]


def test_exclusions_that_leave_nothing_are_refused_and_idle_ones_are_told() -> None:
    with pytest.raises(CampaignInvalid, match=r"leave nothing to run .night\.toml:3."):
        plan_of("[matrix]\nseed = [1]\n[[exclude]]\nseed = 1\n")
    notes = plan_of("[matrix]\nseed = [1]\n[[exclude]]\nseed = 2\n").notes
    assert notes == ("The exclude in night.toml:3 drops nothing.",)


# ---- scenarios ---------------------------------------------------------------------------------------------


def test_a_baseline_shares_the_work_with_what_is_tuned_and_nothing_else() -> None:
    toml = """
scenario = "baseline-vs-tuned"
[agents]
num_predict = 100
temperature = 0.5
[matrix]
model = ["qwen3"]
num_gpu = 10
seed = 3
"""
    (cell,) = plan_of(toml).cells
    baseline, tuned = cell.settings
    assert baseline.options == Options(num_predict=100, seed=3)
    assert tuned.options == Options(num_gpu=10, num_predict=100, seed=3, temperature=0.5)
    assert [baseline.model, tuned.model] == ["qwen3", "qwen3"]


@pytest.mark.parametrize(("scenario", "agents"), [("a-alone", (A,)), ("b-alone", (B,)), ("equal", (A, B))])
def test_a_scenario_says_which_agents_run(scenario: str, agents: tuple[AgentId, ...]) -> None:
    (cell,) = plan_of(f'scenario = "{scenario}"\n').cells
    assert cell.agents == agents
    assert len(cell.settings) == len(agents)


def test_one_agent_alone_knows_neither_modes_nor_the_other_agents_axes() -> None:
    toml = '[matrix]\nscenario = "a-alone"\nmode = ["together", "sequence"]\n[matrix.b]\nnum_gpu = [5, 10]\n'
    (cell,) = plan_of(toml).cells
    assert [each.why for each in cell.merged] == [
        ("b.num_gpu changes nothing: B takes no part",),
        ("one agent alone has neither together nor sequence",),
        ("one agent alone has neither together nor sequence", "b.num_gpu changes nothing: B takes no part"),
    ]


def test_an_agents_own_value_wins_over_that_for_both() -> None:
    (cell,) = plan_of("[[cells]]\na = { num_gpu = 5 }\nnum_gpu = 9\n").cells
    assert [settings.options.num_gpu for settings in cell.settings] == [5, 9]
    (cell,) = plan_of("[matrix]\na = { num_gpu = 5 }\nnum_gpu = 9\n").cells
    assert [settings.options.num_gpu for settings in cell.settings] == [5, 9]


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        (
            'scenario = "equal"\n[matrix.a]\nnum_gpu = 5\n',
            ['"equal" gives both agents the same, but a.num_gpu is set', "night.toml:3"],
        ),
        (
            '[matrix]\nscenario = ["different", "baseline-vs-tuned"]\na = { top_k = 5 }\n',
            ['"baseline-vs-tuned" in night.toml:2 leaves', "a.top_k is set", "night.toml:3"],
        ),
        (
            '[[cells]]\nscenario = "equal"\nb = { model = "x" }\n',
            ["b.model is set", "night.toml:1", '"different"'],
        ),
    ],
)
def test_what_contradicts_its_scenario_is_refused(toml: str, parts: list[str]) -> None:
    with pytest.raises(CampaignInvalid) as caught:
        plan_of(toml)
    for part in parts:
        assert part in str(caught.value)


def test_a_host_of_its_own_leaves_two_agents_equal() -> None:
    (cell,) = plan_of('scenario = "equal"\n[matrix]\nb = { host = "box:11435" }\n').cells
    assert [settings.host for settings in cell.settings] == [HOST, "http://box:11435"]


def test_equal_agents_that_begin_with_other_settings_are_told() -> None:
    notes = plan_of('scenario = "equal"\n[agents.a]\ntop_k = 1\nkeep_alive = 5\n').notes
    assert notes == (
        "The scenario is equal, but the settings that agents begin with differ in top_k, keep_alive.",
    )


# ---- the same in effect ------------------------------------------------------------------------------------


def merged(axis: str, shape: KnownShape | None = GEMMA) -> list[list[str]]:
    """Per cell: its label and those merged into it, without the axis's name."""
    plan = plan_of(f'scenario = "a-alone"\n[matrix]\n{axis}\n', shape)
    found = [[cell.label, *(each.label for each in cell.merged)] for cell in plan.cells]
    return [[label.rpartition(" ")[2] for label in labels] for labels in found]


def test_layers_beyond_the_models_are_all_of_them() -> None:
    axis = "num_gpu = [20, 34, 35, 60, 80, -1, 'default']"
    assert merged(axis) == [["20"], ["34"], ["35", "60", "80"], ["-1", "default"]]
    assert merged(axis, None) == [["20"], ["34"], ["35"], ["60"], ["80"], ["-1", "default"]]


def test_a_context_beyond_the_trained_one_is_cut_to_it() -> None:
    assert merged("num_ctx = [4096, 131072, 262144, 'default']") == [["4096"], ["131072", "262144"], ["default"]]


def test_a_cut_context_is_told_whichever_was_written_first() -> None:
    (cell,) = plan_of("scenario = 'a-alone'\n[matrix]\nnum_ctx = [262144, 131072, 200000]\n").cells
    assert [each.why for each in cell.merged] == [
        ("A: num_ctx 131072 is what 262144 is cut to",),
        ("A: num_ctx 200000 is cut to 131072, what the model was trained on, as 262144 is",),
    ]


def test_a_greedy_sampler_has_no_choice() -> None:
    plan = plan_of("scenario = 'a-alone'\n[matrix]\ntemperature = [0, 1]\ntop_p = [0.5, 0.9]\ntop_k = 5\n")
    assert [len(cell.merged) for cell in plan.cells] == [1, 0, 0]
    assert plan.cells[0].merged[0].why == ("A: top_p 0.9 changes nothing at temperature 0",)


def test_what_the_server_would_choose_is_not_the_same_as_choosing_it() -> None:
    assert merged("temperature = [0.8, 'default']") == [["0.8"], ["default"]]
    assert merged("think = [true, false, 'default']") == [["true"], ["false"], ["default"]]


def test_a_models_tag_and_a_variants_name_do_not_count() -> None:
    assert merged("model = ['gemma3', 'Gemma3:latest', 'gemma3:4b']") == [
        ["gemma3", "Gemma3:latest"],
        ["gemma3:4b"],
    ]
    toml = "[prompts]\none = 'short'\ntwo = 'brief'\n[matrix]\nprompt = ['default', 'one', 'two']\n"
    plan = plan_of(toml)
    assert [(cell.label, cell.prompt) for cell in plan.cells] == [("prompt default", ""), ("prompt one", "one")]
    assert plan.cells[1].merged[0].why == ("the prompts two are the texts of one",)


def test_scenarios_that_ask_the_same_are_one_cell() -> None:
    plan = plan_of('[matrix]\nscenario = ["equal", "different", "a-alone"]\n')
    assert [cell.label for cell in plan.cells] == ["equal", "a-alone"]
    assert plan.cells[0].merged[0].why == ("different asks for the same as equal",)


def test_repeats_of_merged_points_do_not_add_up() -> None:
    toml = (
        "[repeats]\ncount = 3\nwarmup = 1\n[matrix]\nnum_gpu = [60, 80]\n[[cells]]\nnum_gpu = 120\nrepeats = 7\n"
    )
    (cell,) = plan_of(toml).cells
    assert (cell.repeats, cell.warmup) == (7, 1)
    assert cell.settings[0].options.num_gpu == 60
    assert len(cell.merged) == 2


def test_what_was_written_twice_is_merged_without_a_reason() -> None:
    (cell,) = plan_of("[[cells]]\nseed = 1\n[[cells]]\nseed = 1\nlabel = 'again'\n").cells
    assert [(each.label, each.why) for each in cell.merged] == [("again", ())]


def test_an_id_is_the_same_in_every_file_that_asks_for_the_same() -> None:
    one = plan_of('name = "x"\n[matrix]\nnum_gpu = [60]\nseed = [1, 2]\n[order]\nseed = 4\n')
    other = plan_of(
        '[agents]\nseed = 2\n[[cells]]\nlabel = "y"\nscenario = "different"\nnum_gpu = 999\nrepeats = 9\n'
    )
    assert one.cells[1].cell_id == other.cells[0].cell_id
    assert one.cells[0].cell_id != one.cells[1].cell_id
    assert len(one.cells[0].cell_id) == 12


def test_everything_that_changes_a_run_changes_the_id() -> None:
    (cell,) = plan_of("").cells
    first = cell.settings[0]
    values = {
        "num_gpu": 7,
        "num_ctx": 7,
        "seed": 7,
        "num_predict": 7,
        "top_k": 7,
        "temperature": 0.5,
        "top_p": 0.5,
    }
    changes: list[dict[str, object]] = [
        {"model": "x"},
        {"host": "http://x"},
        {"api": "generate"},
        {"think": True},
        {"keep_alive": "1h"},
    ]
    changes += [{"options": first.options.with_value(name, value)} for name, value in values.items()]
    cells = [cell, replace(cell, mode="sequence"), replace(cell, agents=(A,), settings=(first,))]
    cells += [replace(cell, settings=(replace(first, **change), cell.settings[1])) for change in changes]  # type: ignore[arg-type]
    assert len({digest(effective(each, {}, ())) for each in cells}) == len(cells)


def test_cells_that_need_no_reload_share_a_load_key() -> None:
    toml = "scenario = 'a-alone'\n[matrix]\nnum_gpu = [-1, 'default', 20, 60]\ntemperature = [0.1, 0.2]\n"
    keys = [load_key(cell) for cell in plan_of(toml).cells]
    assert len(keys) == 6
    assert len(set(keys)) == 3
    everything = plan_of("[matrix]\nnum_gpu = [60]\n").cells[0]
    other = plan_of("[matrix]\nnum_gpu = [80]\n").cells[0]
    assert everything.cell_id == other.cell_id
    assert load_key(everything) != load_key(other)


# ---- what a person should know -----------------------------------------------------------------------------


def test_agents_that_take_the_model_from_each_other_are_told() -> None:
    pairs = "{a = {num_ctx = 512}, b = {num_ctx = 1024}}, {label = 'same', num_ctx = 512}"
    toml = f"[matrix]\nseed = [1, 2]\npair = [{pairs}]\n"
    once = plan_of("[[cells]]\na = { num_gpu = 20 }\n")
    assert once.notes == ()  # B takes what A has loaded
    (note,) = plan_of(toml).notes
    assert note.startswith(f"In 2 of 4 cells both agents ask {HOST} for one model with other load-time options")


def test_numbers_that_are_all_layers_in_several_cells_are_told_with_what_they_cost() -> None:
    toml = "scenario = 'a-alone'\n[matrix]\npair = [{num_gpu = 60, seed = 1}, {num_gpu = 80, seed = 2}]\n"
    (note,) = plan_of(toml).notes
    assert note.startswith(f"num_gpu 60 and 80 are all layers of gemma3:latest on {HOST}")
    assert plan_of(toml, KnownShape(80)).notes == ()


def test_a_label_and_an_unused_variant_are_told_apart() -> None:
    toml = "[prompts]\none = 'short'\n[[cells]]\nlabel = 'x'\nseed = 1\n[[cells]]\nlabel = 'x'\nseed = 2\n"
    plan = plan_of(toml)
    assert [cell.label for cell in plan.cells] == ["x", "x (2)"]
    assert plan.notes == ("No cell uses the prompts one.",)


def test_a_setting_that_is_an_axis_elsewhere_is_told_of_every_cell() -> None:
    plan = plan_of("[agents]\nnum_ctx = 2048\n[[matrix]]\nseed = [1]\n[[matrix]]\nnum_ctx = [4096]\n")
    assert [cell.value("num_ctx") for cell in plan.cells] == ["2048", "4096"]
    assert [cell.value("seed") for cell in plan.cells] == ["1", ""]
    assert [cell.label for cell in plan.cells] == ["seed 1", "num_ctx 4096"]


# ---- size --------------------------------------------------------------------------------------------------

MILLION = "[matrix]\nseed = [{0}]\ntop_k = [{0}]\nnum_gpu = [{0}]\n".format(", ".join(map(str, range(100))))


def test_a_million_points_are_counted_and_refused_before_any_is_made() -> None:
    with pytest.raises(CampaignInvalid, match=r"has 1,000,000 points, more than 10,000 .night\.toml:1.*--large"):
        expanded(MILLION)
    assert len(settings_of(spec_of(MILLION), DEFAULTS)) == 1


def test_a_person_may_have_more_than_that() -> None:
    toml = "[matrix]\nseed = [1, 2, 3]\ntop_k = [1, 2]\n"
    with pytest.raises(CampaignInvalid, match="6 points, more than 5"):
        expanded(toml, most_points=5)
    assert len(expanded(toml, most_points=5, allow_large=True).plan.cells) == 6


def test_the_models_whose_shapes_are_needed_are_those_of_points_that_are_run() -> None:
    toml = """
[matrix]
model = ["gemma3", "gemma3:latest", "qwen3"]
host = ["one:1", "two:2"]
num_gpu = [1, 2, 3]
[[exclude]]
model = "qwen3"
host = "two:2"
[[cells]]
b = { model = "phi4" }
"""
    asked = {(settings.host, settings.model) for settings in settings_of(spec_of(toml), DEFAULTS)}
    here = set(itertools.product(("http://one:1", "http://two:2"), ("gemma3",))) | {("http://one:1", "qwen3")}
    assert asked == here | {(HOST, "gemma3:latest"), (HOST, "phi4")}
