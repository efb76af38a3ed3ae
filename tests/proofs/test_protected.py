"""What a stack protects outlives it, and can be taken back."""

import pytest

from flowvigil.provisioner.objects import LogProject, LogStore

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def gone(make_site):
    """A stack that came and went, and what it left."""
    site = make_site(flowvigil__protect="true")
    assert site.up()[0] == 0
    code, printed = site.destroy()
    assert code == 0, printed
    return site, {kind: sorted(found) for kind, found in site.objects().items() if found}


def test_destroy_leaves_the_log_project_and_its_store_alone(gone):
    site, left = gone
    project, store = (
        next(one for one in site.target.plan.objects if isinstance(one, kind)) for kind in (LogProject, LogStore)
    )
    assert left["project"][-1:] == [project.name]
    assert left["logstore"] == [f"{project.name}/{store.name}"]
    assert left.keys() <= {"project", "logstore", "record"}


def test_the_next_up_says_how_to_take_them_back_and_that_works(gone):
    site, _ = gone
    code, printed = site.up()
    assert code == 4
    assert "Traceback" not in printed
    commands = [line.split()[1:] for line in printed.splitlines() if line.startswith("  flowvigil engine exec")]
    assert len(commands) == 2
    for command in commands:
        code, printed = site.flowvigil(*command)
        assert code == 0, printed
    assert site.up()[0] == 0
    code, printed = site.preview("--expect-no-changes")
    assert code == 0, printed
