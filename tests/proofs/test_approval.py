"""Only what was approved is applied: under our own command and under plain `pulumi up`, by the real engine."""

import pytest

pytestmark = pytest.mark.engine


def test_what_nobody_approved_is_refused_and_what_was_approved_is_applied(make_site):
    site = make_site(flowvigil__requireApproval="true")

    code, printed = site.up()
    assert code == 4
    assert "poem-generator: " in printed
    assert "(never approved)" in printed

    code, printed = site.engine("up", "--yes", "--skip-preview", "--stack", site.stack)
    assert code != 0
    assert "applies only what was approved" in printed
    assert "flowvigil review --approve -s test" in printed
    assert site.writes() == []

    code, printed = site.preview()
    assert code == 0, printed
    assert "an update would be refused" in printed

    assert site.flowvigil("review", "--approve", "-s", site.stack)[0] == 0
    site.git("init", "-q")
    site.git("add", "monitors", "monitors.lock", "Pulumi.yaml")
    site.git("commit", "-qm", "Watch the poem generator")
    code, printed = site.up()
    assert code == 0, printed

    code, printed = site.flowvigil("why", "poem-generator/p95", "--approved-by", "-s", site.stack)
    assert code == 0
    assert "approved by Li Si <lisi@example.com>" in printed
    assert "Watch the poem generator" in printed

    # A commit that changes no spec changes nothing in the cloud, even when the lock is gone: all of it is applied.
    site.git("commit", "--allow-empty", "-qm", "Nothing")
    (site.root / "monitors.lock").rename(site.root / "kept.lock")
    code, printed = site.preview("--expect-no-changes")
    assert code == 0, printed
    assert "would be refused" not in printed
    (site.root / "kept.lock").rename(site.root / "monitors.lock")

    spec = site.root / "monitors" / "poem-generator.yaml"
    spec.write_text(spec.read_text().replace("critical: 8s", "critical: 80s"))
    code, printed = site.up()
    assert code == 4
    assert "poem-generator: " in printed
    assert "(shared)" not in printed

    code, printed = site.verify()
    assert code == 1
    assert "poem-generator: approval: planned is slice" in printed

    assert site.up("--override", " ")[0] == 2
    code, printed = site.up("--override", "incident 4711")
    assert "not approved, but applied because of FLOWVIGIL_OVERRIDE: incident 4711: poem-generator" in printed
    assert code == 1, printed
    assert "in the cloud is slice" in printed
    code, printed = site.engine("stack", "output", "approvalOverride", "--stack", site.stack)
    assert "incident 4711" in printed
