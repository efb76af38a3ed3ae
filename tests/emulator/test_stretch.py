"""Passing over quiet stretches finds what checking every window finds."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.evaluation.machine import Assumptions, Machine
from flowvigil.emulator.evaluation.rules import compiled
from flowvigil.emulator.evaluation.stretch import _passed, run
from tests.emulator.playing import ACCOUNT, OPERATORS, rule

SERIES = Series(ACCOUNT, "m", 60, "0", "flow=a")
BODY = {"CompositeExpression": {}, "NoEffectiveInterval": "", "EffectiveInterval": "", "Interval": "",
        "Period": 60, "SilenceTime": 86400, "NoDataPolicy": "KEEP_LAST_STATE"}  # fmt: skip
CALM = st.tuples(st.sampled_from([0.0, 1.0, 5.0, 7.0, None]), st.integers(1, 200))
LEVEL = st.builds(
    "LastValue {} {} x{}".format,
    st.sampled_from([*OPERATORS, "GreaterThanLastPeriod"]),
    st.sampled_from(["1", "5", "6"]),
    st.integers(1, 15),
)
RULES = st.fixed_dictionaries(
    {
        "critical": LEVEL,
        "silence": st.sampled_from([300, 3600, 86400]),
        "no_data": st.sampled_from(["KEEP_LAST_STATE", "OK", "INSUFFICIENT_DATA"]),
        "hours": st.sampled_from(["", "00:00-23:59", "09:00-18:00", "22:00-06:00 +0000 dayofweek 4,5"]),
        "pause": st.sampled_from(["", "12:00-13:00"]),
    },
    optional={"warn": LEVEL, "info": LEVEL},
)
ASSUMED = st.builds(Assumptions, st.sampled_from([0, 60]), st.integers(1, 3), st.booleans(), st.booleans())


@settings(max_examples=50)
@given(spans=st.lists(CALM, min_size=1, max_size=12), short=RULES, assumed=ASSUMED, cuts=st.lists(st.integers(1, 300)))
def test_a_leap_finds_what_single_steps_find(spans, short, assumed, cuts):
    columns = Columns()
    values = [value for value, times in spans for _ in range(times)]
    for window, value in enumerate(values):
        if value is not None:
            columns.take(SERIES, window * 60_000, {"LastValue": value})
    judged = compiled(ACCOUNT, {**BODY, **rule(short)})
    slow = Machine([0] * len(judged.levels), 0)
    fast = copy.deepcopy(slow)
    steps = [slow.check(judged, SERIES, columns, assumed) for _ in values]
    leaps = [one for end in [*sorted(cuts), len(values)] if end <= len(values)
             for one in run(fast, judged, SERIES, columns, assumed, end)]  # fmt: skip
    assert leaps == [one for one in steps if one]
    assert (fast.state, fast.sent, fast.checked) == (slow.state, slow.sent, slow.checked)


def leapt(values, short, checks):
    """Whether the stretch after the first `checks` windows is passed over as a whole."""
    columns = Columns()
    columns.load(SERIES, "LastValue", 0, values)
    judged = compiled(ACCOUNT, {**BODY, **rule(short)})
    machine = Machine([0] * len(judged.levels), 0)
    for _ in range(checks):
        machine.check(judged, SERIES, columns, Assumptions())
    passed = _passed(machine, judged, SERIES, columns, Assumptions(), len(values) - checks)
    assert machine.checked == (len(values) if passed else checks)
    return passed


def test_a_quiet_stretch_is_passed_over_at_once():
    assert leapt([0.0] * 1440, {"critical": "LastValue > 5 x3"}, 0)


def test_a_lasting_alarm_is_passed_over_from_its_first_window_on():
    assert leapt([9.0] * 100, {"critical": "LastValue > 5 x3"}, 3)
    assert not leapt([9.0] * 100, {"critical": "LastValue > 5 x3"}, 2)


def test_a_lasting_alarm_is_not_passed_over_beyond_its_silence():
    assert leapt([9.0] * 10, {"critical": "LastValue > 5 x1", "silence": 600}, 1)
    assert not leapt([9.0] * 11, {"critical": "LastValue > 5 x1", "silence": 600}, 1)


def test_a_stretch_with_one_bad_window_is_looked_at():
    assert not leapt([0.0] * 50 + [9.0] + [0.0] * 50, {"critical": "LastValue > 5 x3"}, 0)


def test_a_leap_over_a_silence_stops_where_a_counted_series_speaks():
    columns = Columns()
    for window, value in ((50, 9.0), (90, 0.0)):
        columns.take(SERIES._replace(dimension="flow=b"), window * 60_000, {"LastValue": value})
    counting = {"Level": "WARN", "Times": 1, "ExpressionRaw": "count(@m[60].$LastValue > 5) > 0"}
    resources = [{"groupId": "0", "dimension": "flow=a"}, {"groupId": "0", "dimension": "flow=b"}]
    judged = compiled(ACCOUNT, {**BODY, **rule({"composite": counting, "resources": resources})})
    (group,) = judged.series(columns)
    found = run(Machine([0], 0), judged, group, columns, Assumptions(), 1440)
    assert [(one.time // 60_000, one.after, one.value) for one in found] == [(51, "Warn", 1.0), (91, "OK", 0.0)]
