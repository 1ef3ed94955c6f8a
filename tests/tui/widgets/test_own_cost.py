"""What the program itself takes, in as many words as there is room for."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.tui.widgets.own_cost import OwnCost, OwnMeter, own_words


def meter(*readings: tuple[float, float]) -> OwnMeter:
    """(clock, processor time) in seconds, one pair for each reading."""
    clocks: Iterator[float] = iter([clock for clock, _ in readings])
    cpus: Iterator[float] = iter([cpu for _, cpu in readings])
    return OwnMeter(cpu_s=lambda: next(cpus), clock_s=lambda: next(clocks))


def test_shares_and_rates_are_those_since_the_reading_before() -> None:
    own = meter((10.0, 1.0), (12.0, 1.05))
    assert own.read(5_000, None) == OwnCost(None, None, None, 5_000)
    cost = own.read(8_000, 0.5)
    assert (round(cost.screen_cpu_percent or 0, 6), cost.bytes_per_s, cost.sent_bytes) == (2.5, 1_500.0, 8_000)


def test_two_readings_at_one_moment_give_no_rate() -> None:
    own = meter((10.0, 1.0), (10.0, 1.0))
    own.read(5, None)
    assert own.read(5, None).bytes_per_s is None


def test_the_words_fit_and_tell_all_parts_at_80_columns() -> None:
    cost = OwnCost(0.68, 12.3, 123_456.0, 987_654_321)
    wide, small = own_words(cost, 110), own_words(cost, 65)
    assert wide == "CPU 13.0 % of a core: screen 0.7 % + daemon 12.3 % · 123 kB/s to the terminal, 988 MB in all"
    assert len(small) <= 65
    for part in ("screen 0.7 %", "daemon 12.3 %", "123 kB/s", "988 MB"):
        assert part in small


def test_what_is_not_known_is_not_zero() -> None:
    assert (
        own_words(OwnCost(None, None, None, None), 65)
        == "CPU screen – % + daemon – % · – to the terminal, – in all"
    )
