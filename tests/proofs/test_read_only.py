"""A stack looked at with the policy `reader` alone: everything else is denied, and nothing of that is asked."""

import json

import pytest

from flowvigil.provisioner.ram import documents

pytestmark = pytest.mark.engine
ACCOUNT = "1000000000000001"
FLOWS = {
    "direct": "flow: direct\nowner: assistant-team\nrules: direct\nalarms: {p95: {critical: 8s}}\n",
    "many": "flow: many\nowner: assistant-team\nreporters: many\nalarms: {p95: {critical: 8s}}\n",
}


@pytest.fixture(scope="module")
def site(make_site):
    """A stack with every kind of object, up, committed, and from then on seen by a reader."""
    made = make_site(flowvigil__reporterRole="ecs")
    for name, text in FLOWS.items():
        made.write(f"monitors/{name}.yaml", text)
    made.git("init", "-q", "-b", "main")
    made.git("add", "monitors", "Pulumi.yaml", f"Pulumi.{made.stack}.yaml")
    made.git("commit", "-qm", "base")
    code, printed = made.up()
    assert code == 0, printed
    statements = json.loads(documents(made.target.stack)["reader"])["Statement"]
    actions = [action for one in statements for action in one["Action"]]
    made.door("permissions", {"account": ACCOUNT, "allow": actions}, "POST")
    return made


@pytest.fixture
def looking(site):
    """Run a command; afterwards everything that it asked must have been allowed, and nothing written."""
    before = len(site.journal())
    yield lambda *arguments: site.flowvigil(*arguments, "--stack", site.stack)
    asked = site.journal()[before:]
    assert [(one["action"], one["outcome"]) for one in asked if one["outcome"] == "NoPermission"] == []
    assert [one["action"] for one in asked if one["mutates"]] == []


def test_a_reader_previews_with_everything_read_from_the_cloud_first(looking):
    code, printed = looking("preview", "--against", "live", "--refresh", "--expect-no-changes")
    assert code == 0, printed


def test_a_reader_verifies(looking):
    code, printed = looking("verify")
    assert code == 0, printed


def test_a_change_is_previewed_against_the_stack_as_it_is(site, looking):
    poem = site.root / "monitors/poem-generator.yaml"
    old = poem.read_text()
    poem.write_text(old.replace("critical: 8s", "critical: 9s"))
    code, printed = looking("preview", "--base", "main", "--against", "live", "--diff")
    poem.write_text(old)
    assert code == 0, printed
    assert "the stack is at main; what follows is this change alone" in printed
    assert "8000" in printed
    assert "9000" in printed
    assert "to create" not in printed


def test_what_the_stack_does_not_have_of_the_base_is_said(site, looking):
    site.write("monitors/direct.yaml", FLOWS["direct"].replace("8s", "7s"))
    site.git("commit", "-qam", "merged, not yet applied")
    code, printed = looking("preview", "--base", "main", "--against", "live")
    assert code == 0, printed
    assert "the stack is not at main; what follows shows that too, for: direct\n" in printed


def test_a_stack_without_a_state_is_not_made(site):
    other = site.root / "Pulumi.fresh.yaml"
    other.write_text((site.root / f"Pulumi.{site.stack}.yaml").read_text())
    code, printed = site.flowvigil("preview", "--against", "live", "--stack", "fresh")
    assert code == 3, printed
    assert "stack fresh has no state that can be read" in printed
    assert "fresh" not in site.engine("stack", "ls")[1]


def test_against_the_base_needs_to_know_which(site):
    assert site.flowvigil("preview", "--against", "base", "--stack", site.stack) == (
        2,
        "--against base needs the commit: --base origin/main\n",
    )
