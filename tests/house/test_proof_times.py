"""`make test` ends with the time of each proof."""

from types import SimpleNamespace

from tests.proofs.timing import lines


def test_a_proof_takes_what_its_set_up_and_its_tests_take_and_the_longest_stands_first():
    reports = [
        SimpleNamespace(nodeid="tests/proofs/test_drift.py::test_a", duration=2.0),
        SimpleNamespace(nodeid="tests/fields/test_fields.py::test_b", duration=30.04),
        SimpleNamespace(nodeid="tests/proofs/test_drift.py::test_a", duration=41.5),
        SimpleNamespace(nodeid="tests/plan/test_names.py::test_c", duration=99.0),
    ]
    assert lines(reports) == ["   43.5 s  tests/proofs/test_drift.py", "   30.0 s  tests/fields/test_fields.py"]
