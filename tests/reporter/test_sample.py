"""Percentiles: exact up to 4,096 values, at most 1 % off beyond; totals always exact."""

import math
import random
from fractions import Fraction

import pytest

from flowvigil.reporter.sample import EXACT, Sample


def nearest_rank(values: list[float], rank: float) -> float:
    return sorted(values)[max(1, math.ceil(Fraction(rank) * len(values) / 100)) - 1]


def lognormal(rng: random.Random) -> float:
    return rng.lognormvariate(7.8, 0.6)


def cached_or_called(rng: random.Random) -> float:
    return rng.uniform(1, 5) if rng.random() < 0.6 else rng.lognormvariate(8, 0.4)


def pareto(rng: random.Random) -> float:
    return 100 * rng.paretovariate(1.3)


def timeouts(rng: random.Random) -> float:
    return 60_000.0 if rng.random() < 0.04 else rng.lognormvariate(7.8, 0.5)


SHAPES = [lognormal, cached_or_called, pareto, timeouts]


def filled(values: list[float], chunk: int = 1000) -> Sample:
    sample = Sample()
    for start in range(0, len(values), chunk):
        sample.add(values[start : start + chunk])
    return sample


def test_an_empty_sample_has_percentile_zero() -> None:
    assert Sample().percentile(95) == 0.0


def test_of_one_to_a_hundred_p95_is_95() -> None:
    sample = filled([float(value) for value in range(100, 0, -1)])
    assert [sample.percentile(rank) for rank in (50, 90, 95, 99)] == [50, 90, 95, 99]


def test_with_few_runs_p95_is_the_slowest() -> None:
    assert filled([3.0, 9.0, 1.0]).percentile(95) == 9.0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [100, EXACT])
def test_up_to_4096_values_percentiles_are_exact(shape, count: int) -> None:
    values = [shape(random.Random(index)) for index in range(count)]
    sample = filled(values)
    for rank in (50, 90, 95, 99):
        assert sample.percentile(rank) == nearest_rank(values, rank)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [EXACT + 1, 20_000])
def test_beyond_4096_values_percentiles_are_within_one_percent(shape, count: int) -> None:
    rng = random.Random(count)
    values = [shape(rng) for _ in range(count)]
    sample = filled(values)
    for rank in (50, 90, 95, 99):
        assert sample.percentile(rank) == pytest.approx(nearest_rank(values, rank), rel=0.01)


def test_totals_stay_exact_beyond_4096_values() -> None:
    values = [0.1] * 10_000 + [7.0, 1e-3]
    sample = filled(values)
    assert (sample.count, sample.low, sample.high) == (10_002, 1e-3, 7.0)
    assert sample.total == pytest.approx(float(sum(map(Fraction, values))), rel=1e-15)


@pytest.mark.parametrize("sizes", [(10, 20), (4000, 4000), (10, 9000), (9000, 10), (5000, 5000)])
def test_merged_samples_answer_like_one(sizes: tuple[int, int]) -> None:
    rng = random.Random(1)
    parts = [[lognormal(rng) for _ in range(size)] for size in sizes]
    merged = filled(parts[0])
    merged.merge(filled(parts[1]))
    whole = [*parts[0], *parts[1]]
    assert merged.count == len(whole)
    assert merged.percentile(95) == pytest.approx(nearest_rank(whole, 95), rel=0.01 if len(whole) > EXACT else 0)


def test_merging_leaves_the_other_sample_alone() -> None:
    one, other = filled([1.0]), filled([2.0])
    one.merge(other)
    assert (other.count, other.percentile(50)) == (1, 2.0)


def test_zero_durations_are_counted_and_answered() -> None:
    sample = filled([0.0] * 5000)
    assert (sample.count, sample.low, sample.percentile(50)) == (5000, 0.0, 0.0)


def test_a_percentile_never_leaves_the_range_of_the_values() -> None:
    sample = filled([100.0] * 5000)
    assert sample.percentile(1) == sample.percentile(99) == 100.0
