"""What integration tests share: a switched-on reporter whose runs land in memory."""

from collections.abc import Iterator

import pytest

from flowvigil.testing import Captured, capture


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Captured]:
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    with capture() as captured:
        yield captured
