"""The monitors under plain `pulumi`, with the documented variables and nothing of ours around it."""

import os
import shlex
import subprocess

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def plain(make_site):
    """Runs `pulumi` in a project as a shell would that has evaluated `flowvigil engine status --env`."""
    site = make_site()
    code, said = site.flowvigil("engine", "status", "--env", "--stack", site.stack)
    assert code == 0, said
    pairs = [word.split("=", 1) for word in shlex.split(said) if "=" in word]
    environment = dict(pairs)

    def pulumi(*arguments):
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", site.stack, "--non-interactive"],
            cwd=site.root, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return site, pulumi


def test_a_plain_up_makes_the_rules_and_a_second_one_changes_nothing(plain):
    site, pulumi = plain
    code, printed = pulumi("up", "--yes", "--skip-preview")
    assert code == 0, printed
    assert "warning" not in printed
    assert site.verify()[0] == 0
    code, printed = pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert code == 0, printed


def test_a_plain_destroy_removes_them(plain):
    site, pulumi = plain
    code, printed = pulumi("destroy", "--yes", "--skip-preview")
    assert code == 0, printed
    assert site.objects().get("rule", {}) == {}
