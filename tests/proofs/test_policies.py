"""One preview with the real engine and provider of a program that breaks every policy of the pack at once."""

import json
import re
import shutil
from pathlib import Path

import pytest

from flowvigil.deploy.violations import violations

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


FAULTY = """\
flow: slow-and-silent
owner: assistant-team
rules: direct
alarms:
  p95: {critical: 8s, for: 2h, min_runs: 20}
repeat: {critical: 1d}
"""


def test_a_review_hears_from_the_pack_what_the_engine_hears(make_site):
    made = make_site(flowvigil__retentionDays="3")
    made.write("monitors/slow-and-silent.yaml", FAULTY)
    config = {"region-is-allowed": {"regions": ["cn-shanghai"]}, "account-is-allowed": {"accounts": ["1"]}}
    made.write("policies/config.json", json.dumps(config))
    _, printed = made.preview()
    told = re.findall(r"- \[(\w+)\]\s+([\w-]+)\s+\([\w:/]+: ([\w./-]+)\)", printed)
    by_engine = {(level, policy, "" if key == "acme-test" else key) for level, policy, key in told}
    plan = made.target.plan
    found = violations(made.root / "policies", plan, {one.key for one in plan.objects}, rules=0, pretended=True)
    assert {(one.level, one.policy, one.key) for one in found} == by_engine
    assert {"mandatory", "advisory"} == {level for level, _, _ in by_engine}
    assert len({policy for _, policy, _ in by_engine}) >= 6
    assert all(one.message.split(". ")[0] in printed for one in found)
