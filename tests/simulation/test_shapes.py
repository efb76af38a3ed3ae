"""What each shape of traffic looks like, and that it is the same for the same seed."""

from random import Random

import pytest

from flowvigil.simulation.shapes import NEW, SHAPES, Moment

LIMIT_MS = 5000.0


def played(name, minutes=60, seed=1):
    chance = Random(seed)
    return [SHAPES[name].runs(Moment(n, n / minutes, LIMIT_MS, chance)) for n in range(minutes)]


def p95(runs):
    durations = sorted(run.duration_ms for run in runs)
    return durations[int(len(durations) * 0.95)]


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_seed_gives_the_same_traffic(name):
    assert played(name) == played(name)


@pytest.mark.parametrize("name", SHAPES)
def test_runs_end_within_their_minute_in_order(name):
    for runs in played(name):
        ends = [run.at for run in runs or ()]
        assert ends == sorted(ends)
        assert all(0 <= at <= 60 for at in ends)


def test_a_healthy_flow_stays_below_what_is_slow():
    assert max(map(p95, played("healthy"))) < LIMIT_MS


def test_a_creep_passes_twice_the_limit_and_is_mended():
    minutes = played("creep")
    assert p95(minutes[0]) < LIMIT_MS < 2 * LIMIT_MS < p95(minutes[40])
    assert p95(minutes[59]) < LIMIT_MS


def test_an_outage_fails_the_middle_third():
    shares = [sum(run.status == "failed" for run in runs) / len(runs) for runs in played("outage")]
    assert max(shares[:20]) < 0.2
    assert min(shares[20:40]) > 0.8
    assert max(shares[40:]) < 0.2


def test_a_timeout_tail_times_out_from_a_third_on():
    ended = [[run.status for run in runs].count("timed_out") for runs in played("timeout-tail")]
    assert sum(ended[:20]) == 0
    assert sum(ended[20:]) > 100


def test_a_new_version_is_the_slow_one():
    later = [run for runs in played("version-regression")[40:] for run in runs]
    new = [run for run in later if run.version == NEW]
    assert p95(new) > LIMIT_MS > p95([run for run in later if run.version != NEW])


def test_low_traffic_is_one_run_in_four_minutes():
    assert [len(runs) for runs in played("low-traffic")][:8] == [1, 0, 0, 0, 1, 0, 0, 0]


def test_a_dead_reporter_says_nothing_from_the_middle_on():
    assert [runs is None for runs in played("reporter-dies", 4)] == [False, False, True, True]
