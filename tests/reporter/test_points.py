"""What the judged series carry at the end of a window."""

import pytest

from flowvigil.reporter import reporter as reporter_room
from flowvigil.reporter.health import stats
from flowvigil.reporter.recording import OTHER, Recorder
from flowvigil.testing import Captured, FlowSettings, Point, Series, Settings, capture


def points(seen: Captured, period_s: int = 60) -> dict[str, Point]:
    """The newest point of each metric."""
    return {point.metric: point for point in seen.points if point.period_s == period_s}


def highest(seen: Captured, metric: str) -> float:
    return points(seen)[metric].highest


def test_the_seen_window_of_a_point_is_the_one_that_ended(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 10.0)
    begun = seen.clock.now
    seen.end_minute()
    assert {point.time_ms for point in points(seen).values()} == {int(begun // 60 * 60_000)}


def test_p95_counts_succeeded_and_timed_out_runs_only(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 100.0)
    recorder.record("poem", 60_000.0, status="timed_out")
    recorder.record("poem", 999_999.0, success=False)
    recorder.record("poem", 999_999.0, status="cancelled")
    seen.end_minute()
    assert highest(seen, "m_p95") == 60_000.0


def test_below_min_runs_a_percentile_is_zero(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 9000.0)
    seen.end_minute()
    assert highest(seen, "m_p95") == 0.0


def test_the_failure_rate_is_failed_and_timed_out_over_all_but_cancelled(recorder: Recorder, seen: Captured) -> None:
    for status in ("failed", "timed_out", "cancelled", "succeeded", "succeeded", "succeeded"):
        recorder.record("poem", 1.0, status=status)
    seen.end_minute()
    assert highest(seen, "m_rate") == pytest.approx(40.0)


def test_below_min_runs_a_failure_rate_is_zero(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0, success=False)
    recorder.record("poem", 1.0, status="cancelled")
    seen.end_minute()
    assert highest(seen, "m_rate") == 0.0


def test_a_streak_point_has_the_longest_and_the_open_streak(recorder: Recorder, seen: Captured) -> None:
    for duration in (6000.0, 6000.0, 6000.0, 10.0, 6000.0):
        recorder.record("poem", duration)
    seen.end_minute()
    assert (points(seen)["m_slow"].highest, points(seen)["m_slow"].last) == (3, 1)


def test_streaks_follow_completion_across_kinds_of_ends(recorder: Recorder, seen: Captured) -> None:
    for success in (False, False, True, False):
        recorder.record("poem", 1.0, success)
    seen.end_minute()
    assert (points(seen)["m_bad"].highest, points(seen)["m_bad"].last) == (2, 1)


def test_an_idle_minute_says_no_runs_and_repeats_the_open_streak(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 6000.0)
    recorder.record("poem", 6000.0)
    seen.end_minute()
    seen.end_minute()
    idle = points(seen)
    assert (idle["m_runs"].highest, idle["m_p95"].highest) == (0, 0)
    assert (idle["m_slow"].highest, idle["m_slow"].last) == (2, 2)


def test_runs_counts_every_run_that_ended(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0)
    recorder.record("poem", 1.0, status="cancelled")
    seen.end_minute()
    assert highest(seen, "m_runs") == 2


def test_the_oldest_open_run_is_told_in_seconds(recorder: Recorder, settings: Settings) -> None:
    with capture(settings, recorder) as seen:
        seen.reporter._stopwatch = lambda: 130.0
        recorder.opened[100.0] = recorder.admit("poem")
        recorder.opened[10.0] = recorder.admit("poem")
        recorder.opened[1.0] = recorder.admit("other-flow")
        seen.end_minute()
    assert highest(seen, "m_stuck") == 120.0


def test_five_minutes_are_merged_into_one_300_s_point(recorder: Recorder, seen: Captured) -> None:
    begun = seen.clock.now // 300 * 300
    for minute in range(5):
        for duration in range(20):
            recorder.record("poem", 100.0 * minute + duration)
        seen.end_minute()
    five = points(seen, 300)
    assert (five["m_runs"].highest, five["m_runs"].time_ms) == (100, int(begun * 1000))
    assert five["m_p95"].highest == 414.0


def test_a_streak_within_five_minutes_is_the_longest_of_them(recorder: Recorder, seen: Captured) -> None:
    for runs in ((6000.0,) * 4 + (1.0,), (6000.0,), (1.0,), (), ()):
        for duration in runs:
            recorder.record("poem", duration)
        seen.end_minute()
    assert (points(seen, 300)["m_slow"].highest, points(seen, 300)["m_slow"].last) == (4, 0)


def test_a_flow_without_rules_sends_no_points(recorder: Recorder, seen: Captured) -> None:
    recorder.record("unwatched", 1.0)
    seen.end_minute()
    assert seen.points == []
    assert [run["flow"] for run in seen.runs] == ["unwatched"]


def test_a_flow_reported_by_many_sends_events_and_no_points(recorder: Recorder) -> None:
    many = Settings("svc", "cn-test", flows=(FlowSettings("poem", reporters="many"),))
    with capture(many, recorder) as seen:
        recorder.record("poem", 1.0)
        seen.end_minute()
    assert (len(seen.points), len(seen.runs)) == (0, 1)


def test_new_settings_keep_an_unchanged_streak_and_apply_a_new_limit(recorder: Recorder, seen: Captured) -> None:
    for _ in range(3):
        recorder.record("poem", 6000.0)
    seen.reporter.tick(seen.clock.now)
    same = Series("m_slow", "slow_streak", "slow_streak", over_ms=5000.0)
    new = Series("m_slower", "slow_streak", "slower", over_ms=5900.0)
    seen.reporter.configure(Settings("svc", "cn-test", flows=(FlowSettings("poem", series=(same, new)),)))
    recorder.record("poem", 6000.0)
    seen.end_minute()
    assert (highest(seen, "m_slow"), highest(seen, "m_slower")) == (4, 1)


def test_a_clock_that_jumps_back_loses_no_run(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0)
    seen.clock.advance(-7200)
    seen.reporter.tick(seen.clock.now)
    recorder.record("poem", 1.0)
    seen.end_minute()
    assert sum(point.highest for point in seen.points if point.metric == "m_runs" and point.period_s == 60) == 2


def test_a_flushed_minute_is_sent_whole_again_at_its_end(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0)
    seen.reporter.snapshot(seen.clock.now)
    recorder.record("poem", 1.0)
    seen.end_minute()
    sent = [point for point in seen.points if point.metric == "m_runs" and point.period_s == 60]
    assert [point.highest for point in sent] == [1, 2]
    assert len({point.time_ms for point in sent}) == 1


def test_min_runs_of_a_percentile_counts_runs_that_have_a_latency(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 9000.0)
    recorder.record("poem", 9000.0, success=False)
    seen.end_minute()
    assert highest(seen, "m_p95") == 0.0


def test_a_failure_between_successes_costs_no_latency(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 100.0)
    recorder.record("poem", 1.0, success=False)
    recorder.record("poem", 700.0)
    seen.end_minute()
    assert highest(seen, "m_p95") == 700.0


def test_a_changed_limit_starts_its_streak_anew(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 6000.0)
    seen.reporter.snapshot(seen.clock.now)
    changed = Series("m_slow", "slow_streak", "slow_streak", over_ms=8000.0)
    seen.reporter.configure(Settings("svc", "cn-test", flows=(FlowSettings("poem", series=(changed,)),)))
    recorder.record("poem", 9000.0)
    seen.end_minute()
    assert highest(seen, "m_slow") == 1


def test_five_minutes_remember_the_oldest_open_run_of_any_of_them(recorder: Recorder, settings: Settings) -> None:
    with capture(settings, recorder) as seen:
        seen.reporter._stopwatch = lambda: 130.0
        recorder.opened[100.0] = recorder.admit("poem")
        seen.end_minute()
        recorder.opened.clear()
        for _ in range(4):
            seen.end_minute()
    assert points(seen, 300)["m_stuck"].highest == 30.0


def test_a_process_that_forked_and_ran_nothing_reports_no_idle_flows(recorder: Recorder, seen: Captured) -> None:
    recorder.admit("poem")
    seen.reporter.idle = False
    seen.end_minute()
    assert seen.points == []
    recorder.record("poem", 1.0)
    seen.end_minute()
    assert highest(seen, "m_runs") == 1


def test_the_books_tell_the_cpu_that_folding_cost(
    recorder: Recorder, seen: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter_room, "thread_time", iter((1.0, 1.5)).__next__)
    recorder.record("poem", 1.0)
    seen.reporter.tick(seen.clock.now)
    assert stats(seen.reporter, seen.clock.now)["fold_cpu_s"] == 0.5


def told(recorder: Recorder) -> list[str]:
    said: list[str] = []
    recorder.warn = lambda _kind, text: said.append(text)
    return said


def test_a_flow_that_the_settings_do_not_know_is_said_with_those_they_do(recorder: Recorder, seen: Captured) -> None:
    said = told(recorder)
    for name in ("poem", "peom", "peom", OTHER):
        recorder.record(name, 1.0)
    seen.end_minute()
    (line,) = said
    assert line.startswith("no rule watches the flow 'peom': the settings file does not know it, but poem;")
    assert stats(seen.reporter, seen.clock.now)["flows_unwatched"] == ["peom"]


def test_a_flow_that_new_settings_know_is_watched(recorder: Recorder, seen: Captured) -> None:
    recorder.record("peom", 1.0)
    seen.end_minute()
    seen.reporter.configure(Settings("svc", "cn-test", flows=(FlowSettings("peom"),)))
    assert seen.reporter.unwatched == []


def test_without_settings_no_flow_is_unknown(recorder: Recorder) -> None:
    with capture(None, recorder) as seen:
        said = told(recorder)
        recorder.record("poem", 1.0)
        seen.end_minute()
    assert said == []
