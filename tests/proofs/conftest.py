"""A project in a folder of its own, a pretend cloud of its own, and the real engine between them."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import yaml

from flowvigil import emulator
from flowvigil.deploy.cloud import Cloud, access_from_config
from flowvigil.deploy.project import Project, encrypted, load_target
from flowvigil.deploy.session import Session, session_environment
from flowvigil.engine import find
from flowvigil.provisioner.objects import secret_names
from tests.ports import free_port
from tests.repositories import git

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

VERSIONS = {"cms": "2019-01-01", "ram": "2015-05-01", "sts": "2015-04-01"}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
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

    def keep(self, secrets):
        """Set the stack's secrets, by the names that contacts and hooks give them."""
        pairs = [part for name, value in secrets.items() for part in ("--secret", f"webhook:{name}={value}")]
        if pairs:
            code, printed = self.engine("config", "set-all", *pairs, "--stack", self.stack)
            assert code == 0, printed

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

    def git(self, *arguments):
        """Run git in the project."""
        git(self.root, *arguments)

    def refresh(self):
        return self.engine("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", self.stack)

    def destroy(self):
        return self.engine("destroy", "--yes", "--skip-preview", "--stack", self.stack)

    def verify(self, *arguments):
        return self.flowvigil("verify", "--stack", self.stack, *arguments)

    def door(self, path, body=None, method=None):
        """Ask the emulator itself, e.g. door("objects") or door("faults", {...})."""
        return self._send(f"/-/{path}", body, method=method)

    def journal(self, after=0):
        return self.door(f"journal?after={after}")

    def writes(self, after=0):
        """The requests since journal entry `after` that were meant to change something."""
        return [one for one in self.journal(after) if one["mutates"]]

    def objects(self, account="1000000000000001"):
        """Kind -> key -> body of all that the account holds."""
        return self.door("objects").get(account, {})

    def rpc(self, action, service="cms", key="emulator", **params):
        """Call the pretend cloud behind our back, in the classic form; nested parameters are flattened."""
        flat = {"Action": action, "Version": VERSIONS[service], "AccessKeyId": key, **dict(_flat(params))}
        return self._send("/?" + urllib.parse.urlencode(flat), method="POST")

    def sls(self, method, project, path, body=None):
        """Call Log Service behind our back."""
        host = f"{project}.httpsls.test" if project else "httpsls.test"
        return self._send(path, body, method, {"Host": host, "Authorization": "LOG emulator:sig"})

    def _send(self, path, body=None, method=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        told = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(f"http://{self.address}{path}", data, told, method=method)
        try:
            with OPENER.open(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code}: {error.read().decode()}") from None
        return json.loads(text) if text else None

    def two_runs(self, action):
        """A second `up` while the first is held at `action`: its exit code and output. The first then goes on to 0."""
        self.door("faults", {"kind": "hold", "action": action}, "POST")
        command = [sys.executable, "-m", "flowvigil", "up", "--stack", self.stack, "--yes", "--skip-preview"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        first = subprocess.Popen(command, cwd=self.root, env={**os.environ, **self.environment}, **quiet)
        until(lambda: self.door("faults")[0]["held"])
        code, printed = self.up()
        self.door("faults", method="DELETE")
        assert first.wait(120) == 0
        return code, printed

    def sibling(self, stack, **config):
        """Another stack of the same project, in the same account unless `config` says otherwise."""
        other = replace(self, stack=stack, environment={})
        ours = self.project.config(self.stack).items()
        other.configure(**{**{key: value for key, value in ours if not encrypted(value)}, **config})
        _prepare(other)
        return other


def until(happens, seconds=60):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def _flat(value, path=""):
    pairs = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _flat(inner, f"{path}.{key}" if path else str(key))
    if not isinstance(value, (dict, list)):
        yield path, value


@pytest.fixture(scope="module")
def make_site(tmp_path_factory):
    """Make sites that share nothing; each with the poem generator, a contact group and its robot's secret."""
    folders = []

    def make(profile="lenient", stack="test", monitors=None, keys=None, **config):
        root = tmp_path_factory.mktemp("site")
        state = root / ".flowvigil" / "emulator"
        address = emulator.start(free_port(), state, profile, keys=keys)  # tests end it and start it there again
        folders.append(state)
        site = Site(root, address, stack)
        _project(site, monitors, config)
        return site

    yield make
    for state in folders:
        emulator.stop(state)


@pytest.fixture(scope="module")
def site(make_site):
    return make_site()


def _project(site, monitors, config):
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
    site.configure(**config)
    _prepare(site)


def _prepare(site):
    site.session.prepare()
    site.keep(dict.fromkeys(secret_names(site.target.plan.objects), WEBHOOK))
