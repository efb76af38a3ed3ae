"""What reporter tests share: a recorder of their own and what it reported, by a clock that obeys."""

from collections.abc import Iterator

import pytest

from flowvigil.reporter.contract import FlowSettings, Series, Settings
from flowvigil.reporter.recording import Recorder
from flowvigil.testing import Captured, capture

JUDGED = FlowSettings(
    "poem",
    app="langflow",
    series=(
        Series("m_p95", "p95", "p95", min_runs=2),
        Series("m_rate", "failure_rate", "failure_rate", min_runs=2),
        Series("m_slow", "slow_streak", "slow_streak", over_ms=5000.0),
        Series("m_bad", "failure_streak", "failure_streak"),
        Series("m_runs", "no_runs", "no_runs"),
        Series("m_stuck", "stuck", "stuck"),
    ),
)


@pytest.fixture
def settings() -> Settings:
    return Settings("svc", "cn-test", hash="abc", flows=(JUDGED,))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def seen(recorder: Recorder, settings: Settings) -> Iterator[Captured]:
    with capture(settings, recorder) as captured:
        yield captured
