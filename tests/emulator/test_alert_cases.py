"""Cases worked out by hand: lines in, changes of alerts out."""

from pathlib import Path

import pytest
import yaml

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.world import world

from ..emulator.alert_playing import START_MS, play

CASES = [
    case
    for path in sorted((Path(__file__).parent / "alert_cases").glob("*.yaml"))
    for case in yaml.load(path.read_text(), yaml.CSafeLoader)
]


@pytest.fixture(scope="module")
def cloud():
    opened = world(now=VirtualClock(START_MS))
    yield opened
    opened.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["pins"])
def test_a_case(cloud, case):
    found = play(cloud, case)
    if "count" in case:
        assert len(found) == case["count"]
    else:
        assert found == case["out"]


def test_every_case_pins_something_else():
    assert len({case["pins"] for case in CASES}) == len(CASES) >= 70
