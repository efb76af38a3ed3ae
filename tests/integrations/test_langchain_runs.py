"""Runs of LangChain whose end is never told: not awaited for ever, not kept for ever."""

from uuid import UUID

import pytest

from flowvigil.integrations import langchain_runs
from flowvigil.integrations.langchain_runs import Runs
from flowvigil.testing import Captured

IDS = [UUID(int=number) for number in range(10)]


def ends(seen):
    return [run["status"] for run in seen.runs]


def test_beyond_the_most_open_runs_the_oldest_is_cancelled(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(langchain_runs, "MOST", 2)
    runs = Runs()
    for run_id in IDS[:3]:
        runs.start(run_id, "poem", None)
    assert ends(seen) == ["cancelled"]
    for run_id in IDS[:3]:
        runs.end(run_id)
    assert ends(seen) == ["cancelled", "succeeded", "succeeded"]


def test_inner_runs_count_among_the_open_ones_but_are_no_runs(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs()
    runs.start(IDS[0], "poem", None)
    runs.inside(IDS[1], IDS[0])
    runs.end(IDS[0])
    monkeypatch.setattr(langchain_runs, "MOST", 1)
    runs.start(IDS[2], "poem", None)
    assert runs.find(IDS[1]) is None
    assert len(runs._open) == 1
    assert ends(seen) == ["succeeded"]


def test_a_run_older_than_a_day_is_cancelled_when_the_next_starts(
    seen: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs()
    runs.start(IDS[0], "poem", None)
    runs.start(IDS[1], "poem", None)
    assert ends(seen) == []
    monkeypatch.setattr(langchain_runs, "OLDEST_S", -1.0)
    runs._look_at = 0.0
    runs.start(IDS[2], "poem", None)
    assert ends(seen) == ["cancelled"] * 3


def test_what_a_failed_run_has_left_running_is_no_run_for_a_while_only(
    seen: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a worker that serves requests from then on."""
    runs = Runs()
    runs.start(IDS[0], "poem", None)
    runs.end(IDS[0], error=ValueError())
    assert runs.inside(IDS[1], IDS[0])
    monkeypatch.setattr(langchain_runs, "REST_S", 0.0)
    assert not runs.inside(IDS[2], IDS[0])
    assert ends(seen) == ["failed"]


def test_what_is_remembered_after_errors_is_bounded(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(langchain_runs, "MOST", 3)
    runs = Runs()
    for run_id in IDS:
        runs.start(run_id, "poem", None)
        runs.end(run_id, error=ValueError())
    assert len(runs._ended) <= 3
