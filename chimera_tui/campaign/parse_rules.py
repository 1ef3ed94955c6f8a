"""How a campaign is conducted, as its file says it: repeats, limits, order, waiting, alerts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal, get_args

from chimera_tui.campaign.document import Table
from chimera_tui.campaign.readers import boolean, choice, duration, number, one_or_more, text, whole
from chimera_tui.domain.campaign import (
    AlertRule,
    CampaignMetric,
    CoolDown,
    Grouping,
    HostRule,
    Limits,
    RepeatRule,
    Rules,
    StopRule,
)
from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.names import printable

RULE_SECTIONS = ("repeats", "limits", "stop", "order", "cool_down", "hosts", "alerts")
REPEATS = whole(1, 1_000)
WARMUP = whole(0, 100)
_COUNT = 5
_METRICS: tuple[CampaignMetric, ...] = get_args(CampaignMetric)
_GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
_WHEN_DOWN: tuple[Literal["wait", "skip"], ...] = ("wait", "skip")
_METRIC = choice(_METRICS)
_ADAPTIVE = ("least", "most", "spend_saved")
_HOTTEST_C = 120.0
_OF_A_SHELL = frozenset(("|", "||", "&", "&&", ";", "<", "<<", ">", ">>", "2>", "2>&1", "&>"))


@dataclass(frozen=True, slots=True)
class Repeats:
    """`[repeats]`, and where it may be contradicted."""

    count: int
    warmup: int
    rule: RepeatRule
    table: Table

    def check_count(self, count: int, table: Table, key: str) -> None:
        """CampaignInvalid for a count that the bounds of an adaptive rule do not allow."""
        if self.rule.half_width_percent is None or self.rule.least <= count <= self.rule.most:
            return
        bound = "least" if count < self.rule.least else "most"
        bounds = f"least = {self.rule.least} and most = {self.rule.most}"
        if bound in self.table:
            bounds += f" in {self.table.place(bound)}"
        raise table.invalid(f"{key} = {count} is outside of {bounds}", key, "Change one of them.")


def repeats_of(top: Table) -> Repeats:
    """Bounds that are not written make room for those that are: `count = 20` alone has `most` 20."""
    table = top.section("repeats", ("count", "warmup", "least", "most", "until_percent", "metric", "spend_saved"))
    percent = table.get("until_percent", number(100, "percent"), None)
    if percent is None and (lonely := next((key for key in _ADAPTIVE if key in table), None)):
        what = f"{lonely} means nothing without until_percent"
        raise table.invalid(what, lonely, "Add until_percent, e.g. 2, or take it out.")
    written = [table.read(key, REPEATS) for key in ("count", "least", "most") if key in table]
    known = RepeatRule()
    least = table.get("least", REPEATS, min([known.least, *written]))
    most = table.get("most", REPEATS, max([known.most, *written]))
    if least > most:
        what = f"least = {least} is more than most = {most} in {table.place('most')}"
        raise table.invalid(what, "least", "Change one of them.")
    rule = RepeatRule(
        metric=table.get("metric", _METRIC, known.metric),
        half_width_percent=percent,
        least=least,
        most=most,
        spend_saved=table.get("spend_saved", boolean, known.spend_saved),
    )
    count = table.get("count", REPEATS, _COUNT if percent is None else max(least, min(_COUNT, most)))
    found = Repeats(count, table.get("warmup", WARMUP, 0), rule, table)
    found.check_count(count, table, "count")
    return found


def rules_of(top: Table, repeat: RepeatRule) -> Rules:
    order = top.section("order", ("seed", "grouping"))
    return Rules(
        seed=order.get("seed", whole(0, 2_147_483_647), 0),
        grouping=order.get("grouping", choice(_GROUPINGS), "grouped"),
        repeat=repeat,
        limits=_limits(top),
        stop=_stop(top),
        hosts=_hosts(top),
        cool_down=_cool_down(top),
        alerts=_alerts(top),
    )


def _limits(top: Table) -> Limits:
    table = top.section("limits", ("time", "tokens", "run_time"))
    time_s = table.get("time", duration, None)
    run_s = table.get("run_time", duration, None)
    if time_s is not None and run_s is not None and run_s > time_s:
        what = f"run_time = {table.values['run_time']} is longer than time = {table.values['time']}"
        raise table.invalid(f"{what} in {table.place('time')}", "run_time", "One run may not outlast them all.")
    return Limits(time_s, table.get("tokens", whole(1, 10**15), None), run_s)


def _stop(top: Table) -> StopRule:
    table = top.section("stop", ("tries", "failed_cells"))
    return StopRule(
        table.get("tries", whole(1, 100), StopRule().tries), table.get("failed_cells", whole(1, 1_000_000), None)
    )


def _hosts(top: Table) -> HostRule:
    table = top.section("hosts", ("when_down", "wait"))
    rule = HostRule(
        table.get("when_down", choice(_WHEN_DOWN), "wait"),
        table.get("wait", duration, None),
    )
    if rule.when_down == "skip" and rule.wait_s is not None:
        what = f'wait means nothing beside when_down = "skip" in {table.place("when_down")}'
        raise table.invalid(what, "wait", 'Take it out, or write when_down = "wait".')
    return rule


def _cool_down(top: Table) -> CoolDown | None:
    table = top.section("cool_down", ("below_c", "at_most"))
    if "cool_down" not in top:
        return None
    if "below_c" not in table:
        raise table.invalid("[cool_down] lacks below_c", next_="Write e.g. below_c = 55.")
    below_c = table.read("below_c", number(_HOTTEST_C, "degrees Celsius"))
    return CoolDown(below_c, table.get("at_most", duration, CoolDown(below_c).at_most_s))


def _alerts(top: Table) -> AlertRule | None:
    table = top.section("alerts", ("baseline", "worse_percent", "metrics", "command"))
    if "alerts" not in top:
        return None
    known = AlertRule()
    return AlertRule(
        table.get("baseline", text, known.baseline),
        table.get("worse_percent", number(1_000, "percent"), known.worse_percent),
        table.get("metrics", one_or_more(_METRIC), known.metrics),
        table.get("command", _command, known.command),
    )


def _command(value: object) -> str:
    """As it is written: a program and its arguments, which no shell reads."""
    text(value)
    try:
        words = shlex.split(str(value))
    except ValueError as error:
        raise SettingInvalid(f"is no command: {error}", next_="Close the quotation.") from error
    for word in words:
        if word in _OF_A_SHELL or word.endswith(";") or "$(" in word or "`" in word:
            raise SettingInvalid(
                f"holds {printable(word)!r}, which only a shell would understand, and none reads it",
                next_="Write a script and name it here.",
            )
    return str(value)
