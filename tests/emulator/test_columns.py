"""Series as columns: gaps, points out of order, what is forgotten."""

import pytest

from flowvigil.emulator.evaluation.columns import Column, Columns, Series

SERIES = Series("1", "m", 60, "0", "flow=a")
DAY = 1440


def column(**windows):
    made = Column(10)
    for name, value in windows.items():
        made.put(int(name[1:]), value)
    return made


def test_a_window_has_the_last_value_that_was_put():
    made = column(w10=1, w12=3)
    made.put(12, 4)
    assert [made.get(window) for window in (9, 10, 11, 12, 13)] == [None, 1, None, 4, None]


def test_a_point_before_all_others_makes_room():
    made = column(w10=1, w7=5)
    assert [made.get(window) for window in (6, 7, 8, 9, 10)] == [None, 5, None, None, 1]


def test_a_value_can_be_taken_away():
    made = column(w10=1, w11=2)
    made.drop(10)
    made.drop(9)
    made.drop(12)
    assert [made.get(10), made.get(11)] == [None, 2]


def test_what_is_no_number_counts_as_missing():
    columns = Columns()
    for value in (1.0, float("nan"), float("inf")):
        columns.take(SERIES, 0, {"P95": value})
        columns.take(SERIES, 60_000, {"P95": 3.0})
        found = columns.column(SERIES, "P95")
        assert found.get(0) == (None if value != value else value)  # noqa: PLR0124 - only that number is not itself


@pytest.mark.parametrize(("start", "stop", "full"), [(10, 12, True), (9, 12, False), (10, 13, False), (12, 14, False)])
def test_a_stretch_is_full_when_each_window_has_a_value(start, stop, full):
    assert column(w10=1, w11=2, w13=4).full(start, stop) is full


@pytest.mark.parametrize(("start", "stop", "empty"), [(12, 13, True), (0, 10, True), (14, 99, True), (9, 11, False)])
def test_a_stretch_is_empty_when_no_window_has_a_value(start, stop, empty):
    assert column(w10=1, w11=2, w13=4).empty(start, stop) is empty


def test_the_extent_follows_a_changed_value():
    made = column(w10=1, w11=2)
    assert made.extent(10, 12) == (1, 2)
    made.put(10, 7)
    assert made.extent(10, 12) == (2, 7)
    assert made.extent(10, 11) == (7, 7)


def test_a_little_more_than_a_week_is_kept_while_points_come():
    columns = Columns()
    for window in range(0, 10 * DAY + 2, 60):
        columns.take(SERIES, window * 60_000, {"P95": window})
    columns.take(SERIES, (10 * DAY + 1) * 60_000, {"P95": 1.0})
    found = columns.column(SERIES, "P95")
    assert found.first == 2 * DAY + 1
    assert found.get(3 * DAY) == 3 * DAY


def test_a_little_more_than_a_week_is_kept_of_what_is_loaded():
    columns = Columns()
    for day in range(12):
        columns.load(SERIES, "P95", 5 + day * DAY, [float(day)] * DAY)
    found = columns.column(SERIES, "P95")
    assert (found.get(5 + 11 * DAY), found.get(5 + 4 * DAY)) == (11, 4)
    assert found.first > 5


def test_a_load_must_follow_what_is_there():
    columns = Columns()
    columns.load(SERIES, "P95", 5, [1.0])
    with pytest.raises(ValueError, match="does not follow"):
        columns.load(SERIES, "P95", 7, [1.0])
