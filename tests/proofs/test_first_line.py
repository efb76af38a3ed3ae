"""One flow from its six lines to the cloud and back."""

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def brought_up(site):
    code, printed = site.up()
    assert code == 0, printed
    return site, printed


def test_up_ends_with_the_rules_read_back(brought_up):
    _, printed = brought_up
    assert "verified: every planned rule is in the cloud as planned" in printed


def test_a_second_preview_is_empty(brought_up):
    site, _ = brought_up
    code, printed = site.preview("--expect-no-changes")
    assert code == 0, printed


def test_refresh_sees_no_drift(brought_up):
    site, _ = brought_up
    code, printed = site.refresh()
    assert code == 0, printed
