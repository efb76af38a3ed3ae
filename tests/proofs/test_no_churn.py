"""What no spec says changes nothing: a commit without a spec change, and 99 of 100 flows when one is edited."""

import json

import pytest

pytestmark = pytest.mark.engine

FLOW = """\
flow: flow-{number:02d}
owner: assistant-team
alarms:
  p95: {{critical: 8s}}
  no_runs: {{warning: 2h}}
"""


@pytest.fixture(scope="module")
def hundred(make_site):
    """A hundred flows in a repository, brought up, then committed once more without a spec change."""
    site = make_site()
    (site.root / "monitors/poem-generator.yaml").unlink()
    for number in range(100):
        site.write(f"monitors/flow-{number:02d}.yaml", FLOW.format(number=number))
    site.git("init", "--quiet")
    site.git("add", "monitors")
    site.git("commit", "--quiet", "--message", "a hundred flows")
    code, printed = site.up()
    assert code == 0, printed[-3000:]
    site.write("README.md", "# ours\n")
    site.git("add", "README.md")
    site.git("commit", "--quiet", "--message", "say whose it is")
    return site


def test_a_commit_without_a_spec_change_is_an_empty_preview(hundred):
    code, printed = hundred.preview("--expect-no-changes")
    assert code == 0, printed[-3000:]


@pytest.fixture(scope="module")
def edited(hundred):
    """One threshold of one flow edited; the requests of the `up` that follows."""
    spec = FLOW.format(number=42).replace("8s", "9s")
    hundred.write("monitors/flow-42.yaml", spec)
    before, entry = hundred.objects(), len(hundred.journal())
    code, printed = hundred.up()
    assert code == 0, printed[-3000:]
    return before, hundred.objects(), hundred.writes(entry)


def test_one_flow_of_a_hundred_touches_only_what_is_its_own(edited):
    before, after, writes = edited
    bodies = [
        (key, body)
        for found in (before, after)
        for kind in ("monitor_group", "template")
        for key, body in found[kind].items()
    ]
    own = {"flow-42", *(key for key, body in bodies if "-flow-42" in body.get("GroupName", "") + body.get("Name", ""))}
    assert writes
    strangers = [one for one in writes if not any(name in one["resource"] + json.dumps(one["request"]) for name in own)]
    assert strangers == []


def test_the_other_flows_are_as_they_were(edited):
    before, after, _ = edited
    changed = [
        (kind, key)
        for kind in before
        for key in before[kind]
        if "flow-42" not in json.dumps(before[kind][key]) and after[kind].get(key) != before[kind][key]
    ]
    assert changed == []
