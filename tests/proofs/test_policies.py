"""One preview with the real engine and provider of a program that breaks every policy of the pack at once."""

import json
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
POLICIES = [name for path in ROOT.glob("policies/*.py") for name in re.findall(r'\bname="([a-z-]+)"', path.read_text())]

STRICT = {
    "account-is-allowed": {"accounts": ["1"]},
    "region-is-allowed": {"regions": ["cn-shanghai"]},
    "alarms-do-not-vanish-at-once": {"before": 40},
    "templates-are-verified": {"verified": False},
    "log-projects-are-protected": {"protected": False},
}


@pytest.fixture(scope="module")
def site(make_site):
    made = make_site()
    shutil.copy(Path(__file__).parent / "everything-wrong" / "__main__.py", made.root / "__main__.py")
    made.write("strict.json", json.dumps(STRICT))
    return made


@pytest.fixture(scope="module")
def previewed(site):
    """The exit code of one preview, and everything it prints."""
    return site.engine(
        "preview", "--policy-pack", "policies", "--policy-pack-config", "strict.json", "--stack", site.stack
    )


def test_every_policy_is_broken_and_says_so(previewed):
    _, printed = previewed
    assert len(POLICIES) >= 15
    assert [name for name in POLICIES if name not in printed] == [], printed


def test_such_a_preview_fails_and_writes_nothing(previewed, site):
    code, _ = previewed
    assert code != 0
    assert site.writes() == []
