"""The real engine with our language host and nothing but the documented variables: no wrapper around `pulumi`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from .talk import alive, wait_for

pytestmark = pytest.mark.engine

PROGRAM = """import pulumi

class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:box:Box", name)
        self.register_outputs({"lid": name})

Box("first")
Box("second")
pulumi.export("answer", 42)
pulumi.export("key", pulumi.Config().require_secret("key"))
"""

PROVIDER = """import pulumi_alicloud as alicloud

alicloud.cms.AlarmContactGroup("oncall", alarm_contact_group_name="oncall", contacts=["a"])
"""

SLEEPER = """import os, pathlib, time

pathlib.Path("pid").write_text(str(os.getpid()))
time.sleep(60)
"""

POLICIES = """from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def no_second(args, report):
    if args.name == "second":
        report("one box is enough")

PolicyPack("boxes", enforcement_level=EnforcementLevel.MANDATORY,
           policies=[ResourceValidationPolicy("one-box", "One box only.", no_second)])
"""


def documented():
    """The variables as a shell would take them from `eval "$(flowvigil engine status --env)"`."""
    command = [sys.executable, "-m", "flowvigil", "engine", "status", "--env"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(shlex.split(line)[1].split("=", 1) for line in lines)


class Project:
    def __init__(self, root, environ):
        self.root = root
        self.environ = {**os.environ, **environ, "PULUMI_BACKEND_URL": f"file://{root / 'state'}"}
        self.environ["PULUMI_CONFIG_PASSPHRASE"] = "test"
        (root / "state").mkdir()
        (root / "Pulumi.yaml").write_text("name: boxes\nruntime: python\n")
        self.pulumi("stack", "init", "dev")
        self.pulumi("config", "set", "--secret", "key", "canary-4711")

    def write(self, name, text):
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)

    def pulumi(self, *arguments):
        """Run plain `pulumi` and return its exit code and all that it said."""
        answer = subprocess.run(
            ["pulumi", *arguments], cwd=self.root, env=self.environ, text=True, timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return answer.returncode, answer.stdout


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path, documented())


def test_a_plain_pulumi_up_creates_and_a_second_one_changes_nothing(project):
    project.write("__main__.py", PROGRAM)
    code, said = project.pulumi("up", "--yes", "--skip-preview")
    assert (code, "3 created" in said) == (0, True), said
    code, said = project.pulumi("preview", "--expect-no-changes")
    assert (code, "3 unchanged" in said) == (0, True), said


def test_outputs_come_back_and_secrets_stay_hidden(project):
    project.write("__main__.py", PROGRAM)
    assert "canary-4711" not in project.pulumi("up", "--yes")[1]
    assert project.pulumi("stack", "output", "answer") == (0, "42\n")
    assert "canary-4711" not in "".join(file.read_text() for file in (project.root / "state").rglob("*.json"))


def test_the_provider_is_found_in_our_home_without_a_warning(project):
    for name, value in {"region": "cn-hangzhou", "accessKey": "a", "secretKey": "b", "accountType": "Domestic"}.items():
        project.pulumi("config", "set", f"alicloud:{name}", value)
    project.write("__main__.py", PROVIDER)
    code, said = project.pulumi("preview")
    assert (code, "alicloud:cms:AlarmContactGroup oncall create" in said) == (0, True), said
    assert "warning" not in said


def test_a_program_that_raises_shows_the_users_line_and_not_our_layers(project):
    project.write("__main__.py", "def limit():\n    return 1 / 0\n\nlimit()\n")
    code, said = project.pulumi("preview")
    assert code != 0
    assert f'File "{project.root}/__main__.py", line 2, in limit' in said
    assert "ZeroDivisionError: division by zero" in said
    assert "flowvigil" not in said.replace(str(project.root), "")
    assert "runpy" not in said


def test_a_policy_pack_stops_what_it_forbids(project):
    project.write("__main__.py", PROGRAM)
    project.write("policies/PulumiPolicy.yaml", "runtime: python\nversion: 0.1.0\n")
    project.write("policies/__main__.py", POLICIES)
    code, said = project.pulumi("preview", "--policy-pack", "policies")
    assert code != 0
    assert "one box is enough" in said


def test_an_interrupt_ends_everything_quietly(project):
    project.write("__main__.py", SLEEPER)
    process = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview"], cwd=project.root, env=project.environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    wait_for((project.root / "pid").exists)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said


def test_a_killed_engine_takes_its_program_with_it(project):
    project.write("__main__.py", SLEEPER)
    process = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview"], cwd=project.root, env=project.environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: (project.root / "pid").exists() and (project.root / "pid").read_text())
    process.kill()
    process.wait(timeout=60)
    wait_for(lambda: not alive(int((project.root / "pid").read_text())))


def test_about_knows_the_program_and_its_packages(project):
    project.write("__main__.py", PROGRAM)
    code, said = project.pulumi("about", "--json")
    assert code == 0
    assert '"version": "3.259.0"' in said
    assert "pulumi-alicloud" in said.replace("_", "-")


def test_engine_exec_is_the_same_engine(project):
    command = [sys.executable, "-m", "flowvigil", "engine", "exec", "--", "version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "v3.259.0\n"
