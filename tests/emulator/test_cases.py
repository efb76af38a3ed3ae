"""The tables of alarm behaviour in cases/, each case one behaviour with changes worked out by hand."""

from pathlib import Path

import pytest
import yaml

from tests.emulator.playing import played

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [(path.stem, case) for path in FILES for case in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)]


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case['pins']}" for file, case in CASES])
def test_the_case_holds(file, case):
    assert played(case) == case["out"]


def test_each_case_pins_something_else():
    assert len({case["pins"] for _, case in CASES}) == len(CASES) >= 120
