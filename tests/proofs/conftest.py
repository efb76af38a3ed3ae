"""A project in a folder of its own, a pretend cloud of its own, and the real engine between them."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from flowvigil import emulator
from flowvigil.deploy.cloud import Cloud, access_from_config
from flowvigil.deploy.project import Project, load_target
from flowvigil.deploy.session import Session, session_environment
from flowvigil.engine import find

REPOSITORY = Path(__file__).parents[2]

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
"""

POEM = """\
flow: poem-generator
owner: assistant-team
alarms:
  p95: {warning: 5s, critical: 8s}
  failure_rate: {critical: 5%}
  slow_streak: {over: 5s, warning: 3}
"""

WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=canary0123456789"


@dataclass
class Site:
    """One stack under test. `up`, `preview`, `refresh` and `destroy` return (exit code, everything printed)."""

    root: Path
    address: str
    stack: str = "test"
    environment: dict = field(default_factory=dict)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure(self, **values):
        """Set configuration values of the stack, such as flowvigil__rules="direct"."""
        path = self.root / f"Pulumi.{self.stack}.yaml"
        data = yaml.safe_load(path.read_text()) if path.exists() else {"config": {}}
        data["config"].update({key.replace("__", ":"): value for key, value in values.items()})
        path.write_text(yaml.safe_dump(data))

    @property
    def project(self):
        return Project(self.root, "acme")

    @property
    def target(self):
        return load_target(self.project, self.stack)

    @property
    def session(self):
        environment = session_environment(find(), self.project, self.project.config(self.stack))
        return Session(find(), self.project, self.stack, {**environment, **self.environment})

    @property
    def cloud(self):
        return Cloud(access_from_config(self.project.config(self.stack)))

    def flowvigil(self, *arguments, **options):
        """Run our own command as a user would; returns (exit code, standard output and error)."""
        done = subprocess.run(
            [sys.executable, "-m", "flowvigil", *arguments],
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
            **options,
        )
        return done.returncode, done.stdout

    def up(self, *arguments):
        return self.flowvigil("up", "--stack", self.stack, "--yes", "--skip-preview", *arguments)

    def preview(self, *arguments):
        return self.flowvigil("preview", "--stack", self.stack, *arguments)

    def engine(self, *arguments):
        """Run the engine itself in the stack's environment."""
        done = subprocess.run(
            [str(find().pulumi), *arguments],
            cwd=self.root,
            env=dict(self.session.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def refresh(self):
        return self.engine("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", self.stack)

    def destroy(self):
        return self.engine("destroy", "--yes", "--skip-preview", "--stack", self.stack)

    def door(self, path, body=None, method=None):
        """Ask the emulator itself, e.g. door("objects") or door("faults", {...})."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}/-/{path}", data=data, method=method)
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def make_site(tmp_path_factory):
    """Make sites that share nothing; each with the poem generator, a contact group and its robot's secret."""
    folders = []

    def make(profile="lenient", stack="test", monitors=None):
        root = tmp_path_factory.mktemp("site")
        state = root / ".flowvigil" / "emulator"
        address = emulator.start(port=0, state=state, profile=profile)
        folders.append(state)
        site = Site(root, address, stack)
        _project(site, monitors)
        return site

    yield make
    for state in folders:
        emulator.stop(state)


@pytest.fixture(scope="module")
def site(make_site):
    return make_site()


def _project(site, monitors):
    for name in ("__main__.py", "policies"):
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, site.root / name)
    site.write("Pulumi.yaml", "name: acme\nruntime: {name: python, options: {toolchain: pip}}\n")
    if monitors:
        shutil.copytree(monitors, site.root / "monitors")
    else:
        site.write("monitors/contacts.yaml", CONTACTS)
        site.write("monitors/poem-generator.yaml", POEM)
    endpoints = dict.fromkeys(("cms", "ram", "sts", "location", "bssopenapi"), site.address)
    site.configure(
        alicloud__accessKey="emulator",
        alicloud__secretKey="emulator",
        alicloud__accountId="1000000000000001",
        alicloud__accountType="Domestic",
        alicloud__region="cn-hangzhou",
        alicloud__protocol="HTTP",
        alicloud__skipRegionValidation="true",
        alicloud__maxRetryTimeout="20",
        alicloud__endpoints=[{**endpoints, "log": "httpsls.test"}],
        flowvigil__emulator=site.address,
        flowvigil__protect="false",
    )
    site.session.prepare()
    for secret in ("assistant-robot",):
        code, printed = site.engine("config", "set", "--secret", f"webhook:{secret}", WEBHOOK, "--stack", site.stack)
        assert code == 0, printed
