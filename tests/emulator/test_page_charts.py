"""Charts: where words stand that could cover each other."""

import re

import pytest

from flowvigil.emulator.page.charts import Line, Shade, axis, chart

FIVE = ("a", "b", "c", "d", "e")


def words(*shades):
    drawn = str(chart([Line("P95", (1, 2, 3, 4, 5))], axis(FIVE), "ms", "P95", shades=shades))
    return re.findall(r'shade-word \w+" x="([\d.]+)%" y="14"([^>]*)>(\w+)<', drawn)


def test_the_word_of_a_narrow_stretch_ends_where_the_next_one_begins():
    found = words(Shade(0.70, 0.73, "warning", "Warning"), Shade(0.73, 0.95, "critical", "Critical"))
    assert found == [("73.0", ' text-anchor="end"', "Warning"), ("73.0", "", "Critical")]


def test_the_word_of_a_narrow_stretch_at_the_left_edge_stays_inside():
    assert words(Shade(0.0, 0.02, "warning", "Warning")) == [("0.0", "", "Warning")]


def test_columns_of_one_place_stand_on_each_other():
    lines = [Line("model", (3.0, 0.0)), Line("tool", (1.0, 4.0))]
    drawn = str(chart(lines, axis(("a", "b")), "", "time", columns=True))
    boxes = re.findall(r'column s(\d)" x="([\d.]+)" width="[\d.]+" y="([\d.]+)" height="([\d.]+)"', drawn)
    (model, left, low, tall), (tool, above, high, short), (_, right, alone, whole) = boxes
    assert (model, tool, left) == ("0", "1", above)
    assert float(high) + float(short) == pytest.approx(float(low), abs=0.2)
    assert right != left
    assert float(alone) == float(high)
    assert float(whole) == pytest.approx(float(tall) + float(short), abs=0.2)
