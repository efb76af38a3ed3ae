"""The steps of the GitHub pipeline, taken from its file and run as they stand, in order, with the real engine.

Left out are what GitHub's own actions do (checkout, Python, caches) and `pip install`. Around the steps stand a
repository with a pull request, GitHub's two doors (comments, identity tokens), and the pretend cloud as the account.
Of GitLab and Yunxiao the steps that comment are run likewise.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from flowvigil.scaffold.pipelines import Pipelines, render_pipelines
from tests.repositories import git
from tests.review.platforms import GOOD, serving

pytestmark = pytest.mark.engine
ACCOUNT = "1000000000000001"
TOKEN = "identity.token.canary"
ROLE = {
    "ROLE_ARN": f"acs:ram::{ACCOUNT}:role/deployer",
    "OIDC_PROVIDER_ARN": f"acs:ram::{ACCOUNT}:oidc-provider/github",
}
ALONE = ("PATH", "HOME", "XDG_CACHE_HOME", "LANG")


class Runner:
    """One repository on GitHub's side, and a fresh checkout of it for each job."""

    def __init__(self, site, folder, comments, identity):
        self.site, self.folder, self.comments, self.identity = site, folder, comments, identity
        self.origin = folder / "origin"
        self.printed = ""
        (path,) = render_pipelines(Pipelines("github", ("test",), backend=""))
        self.path = path

    def git(self, *arguments, at=None):
        return git(at or self.origin, *arguments)

    def job(self, name, commit, event, **environment):
        """Run the `run` steps of a job at a commit; the exit code of the last one that ran."""
        work = self.folder / f"{name}-{event['number']}"
        self.git("clone", "-q", str(self.origin), str(work), at=self.folder)
        self.git("checkout", "-q", commit, at=work)
        steps = yaml.safe_load((work / self.path).read_text())["jobs"][name]["steps"]
        temp = self.folder / "temp"
        temp.mkdir(exist_ok=True)
        given = {key: os.environ[key] for key in ALONE if key in os.environ}
        given |= {"GITHUB_OUTPUT": str(temp / "output"), "RUNNER_TEMP": str(temp), "GITHUB_BASE_REF": "main"}
        given["PATH"] = f"{Path(sys.executable).parent}:{given['PATH']}"
        for step in steps:
            if "run" in step and not step["run"].startswith("pip install"):
                told = {key: self.filled(value, event) for key, value in step.get("env", {}).items()}
                command = ["bash", "-e", "-o", "pipefail", "-c", self.filled(step["run"], event)]
                done = subprocess.run(
                    command,
                    cwd=work,
                    env={**given, **environment, **told},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                self.printed += done.stdout
                if done.returncode:
                    return done.returncode
        return 0

    def filled(self, text, event):
        """The expressions of a step, as GitHub would fill them in."""
        known = {
            "github.event.number": str(event["number"]),
            "github.token": GOOD,
            "runner.temp": str(self.folder / "temp"),
            "matrix.stack": "test",
            "secrets.PULUMI_CONFIG_PASSPHRASE": "local",
            **{f"vars.ALIBABA_CLOUD_{name}": value for name, value in ROLE.items()},
        }
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], text)


class Identity(BaseHTTPRequestHandler):
    """GitHub's door for identity tokens (docs.github.com: OpenID Connect reference, methods for requesting it)."""

    asked: list = []  # noqa: RUF012 - one server, one test

    def do_GET(self):
        self.asked.append((self.path, self.headers["Authorization"]))
        body = json.dumps({"value": TOKEN, "count": 1}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def identity():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Identity)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token?api-version=2.0"
    server.shutdown()
    server.server_close()


asks_for_a_token = pytest.mark.skipif(
    not shutil.which("curl"), reason="this machine has no curl, by which GitHub's job gets its token"
)


@pytest.fixture(scope="module")
def runner(make_site, tmp_path_factory, identity):
    """A repository whose stack is on an account without keys, with a pull request that raises a threshold."""
    site = make_site(keys={"somebody": ACCOUNT})
    folder = tmp_path_factory.mktemp("github")
    with serving("github") as comments:
        made = Runner(site, folder, comments, identity)
        (path,) = render_pipelines(Pipelines("github", ("test",)))
        site.write(path, render_pipelines(Pipelines("github", ("test",)))[path])
        stack = site.root / "Pulumi.test.yaml"
        settings = yaml.safe_load(stack.read_text())
        for key in ("alicloud:accessKey", "alicloud:secretKey", "flowvigil:emulator", "flowvigil:protect"):
            del settings["config"][key]
        settings["config"]["flowvigil:requireApproval"] = "true"
        stack.write_text(yaml.safe_dump(settings))
        site.write(".gitignore", ".flowvigil/\n__pycache__/\n")
        made.git("init", "-q", "-b", "main", at=site.root)
        approve(site)
        commit(made, site, "base")
        made.git("clone", "-q", "--bare", str(site.root), str(made.origin), at=folder)
        poem = site.root / "monitors/poem-generator.yaml"
        poem.write_text(poem.read_text().replace("critical: 8s", "critical: 9s"))
        approve(site)
        commit(made, site, "Page later")
        made.git("push", "-q", str(made.origin), "HEAD:refs/heads/later", "HEAD:refs/pull/7/head", at=site.root)
        yield made


def approve(site):
    done = subprocess.run(
        [sys.executable, "-m", "flowvigil", "review", "--approve", "-s", "test"], cwd=site.root, check=False
    )
    assert done.returncode == 0


def commit(made, site, message):
    made.git("add", "-A", at=site.root)
    made.git("commit", "-qm", message, at=site.root)


def account(runner):
    """The environment in which a stack without keys reaches the pretend cloud as its account."""
    return {
        "HTTP_PROXY": f"http://{runner.site.address}",
        "PULUMI_BACKEND_URL": f"file://{runner.folder / 'state'}",
        "ACTIONS_ID_TOKEN_REQUEST_URL": runner.identity,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
    }


@asks_for_a_token
def test_the_pipeline_does_what_its_file_says_from_the_pull_request_to_the_merge(runner):
    change = runner.git("rev-parse", "refs/heads/later")
    event = {"number": 7}

    assert runner.job("preview", change, event) == 0, runner.printed[-3000:]
    assert (runner.folder / "temp/output").read_text().startswith("key=flowvigil-engine-")
    assert "to update" in runner.printed
    assert "to create" not in runner.printed
    assert runner.site.writes() == []

    base = runner.git("rev-parse", "refs/heads/main")
    code = runner.job("comment", base, event, GITHUB_API_URL=runner.comments.root, GITHUB_REPOSITORY="acme/watch")
    assert code == 0, runner.printed[-3000:]
    (body,) = runner.comments.bodies()
    assert "`p95`: critical now fires after 3 × 60 s over 9s, was 8s" in body

    runner.git("update-ref", "refs/heads/main", change)
    (runner.folder / "state").mkdir()
    assert runner.job("engine", change, {"number": "merged"}) == 0, runner.printed[-3000:]
    code = runner.job("deploy", change, {"number": "merged"}, **account(runner))
    assert code == 0, runner.printed[-5000:]
    assert "verified: every planned rule is in the cloud as planned" in runner.printed
    assert Identity.asked == [("/token?api-version=2.0&audience=sts.aliyuncs.com", "bearer request-token")]
    who = {one["account"] for one in runner.site.writes()}
    assert who == {ACCOUNT}
    assert TOKEN not in runner.printed

    before = len(runner.site.writes())
    code = runner.job("verify", change, {"number": "nightly"}, **account(runner))
    assert code == 0, runner.printed[-3000:]
    assert len(runner.site.writes()) == before


@asks_for_a_token
def test_what_nobody_approved_is_not_deployed(runner):
    work = runner.folder / "unapproved"
    runner.git("clone", "-q", str(runner.origin), str(work), at=runner.folder)
    poem = work / "monitors/poem-generator.yaml"
    poem.write_text(poem.read_text().replace("critical: 9s", "critical: 30s"))
    runner.git("commit", "-qam", "Page hardly ever", at=work)
    runner.git("push", "-q", "origin", "HEAD:main", at=work)
    before = len(runner.site.writes())
    assert runner.job("deploy", "HEAD", {"number": "unapproved"}, **account(runner)) == 4
    assert "flowvigil review --approve" in runner.printed
    assert len(runner.site.writes()) == before


def commented(runner, platform, script, *, at, **environment):
    """Run a platform's script in a checkout of a commit, without `pip install` and virtual environments."""
    work = runner.folder / platform
    runner.git("clone", "-q", str(runner.origin), str(work), at=runner.folder)
    runner.git("checkout", "-q", "--detach", at, at=work)
    lines = [line for line in script if "pip install" not in line and "-m venv" not in line]
    given = {key: os.environ[key] for key in ALONE if key in os.environ}
    given["PATH"] = f"{Path(sys.executable).parent}:{given['PATH']}"
    command = ["bash", "-e", "-o", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=work, env={**given, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_gitlabs_comment_is_made_in_a_pipeline_of_the_target_branch(runner):
    change, base = runner.git("rev-parse", "refs/heads/later"), runner.git("rev-parse", "refs/heads/later~1")
    runner.git("update-ref", "refs/merge-requests/7/head", change)
    (text,) = render_pipelines(Pipelines("gitlab", ("test",))).values()
    script = yaml.safe_load(text)["flowvigil-comment"]["script"]
    with serving("gitlab") as platform:
        told = {"GITLAB_TOKEN": GOOD, "CI_PROJECT_ID": "42", "CI_API_V4_URL": platform.root}
        commented(runner, "gitlab", script, at=base, FLOWVIGIL_MERGE_REQUEST="7", **told)
        (body,) = platform.bodies()
    assert "critical now fires after 3 × 60 s over 9s, was 8s" in body


def test_yunxiaos_comment_is_made_from_the_source_branch_by_the_code_of_the_base(runner):
    change, base = runner.git("rev-parse", "refs/heads/later"), runner.git("rev-parse", "refs/heads/later~1")
    runner.git("update-ref", "refs/heads/base", base)
    runner.git("update-ref", "refs/heads/faster", change)
    text = render_pipelines(Pipelines("yunxiao", ("test",), branch="base"))[".yunxiao/flowvigil-comment.yaml"]
    step = yaml.safe_load(text)["stages"]["comment"]["jobs"]["comment"]["steps"]["comment"]
    told = {"CODEUP_REPOSITORY_ID": "group/watch", "YUNXIAO_ORGANIZATION_ID": "org1", "CI_COMMIT_REF_NAME": "faster"}
    with serving("codeup") as platform:
        told |= {"YUNXIAO_TOKEN": GOOD, "YUNXIAO_API_URL": platform.root}
        commented(runner, "yunxiao", step["with"]["run"].splitlines(), at="origin/faster", **told)
        (body,) = platform.bodies()
    assert "critical now fires after 3 × 60 s over 9s, was 8s" in body


def test_a_change_that_breaks_a_mandatory_policy_fails_its_preview(runner):
    work = runner.folder / "breaking"
    runner.git("clone", "-q", str(runner.origin), str(work), at=runner.folder)
    runner.git("checkout", "-q", "origin/later", at=work)
    stack = work / "Pulumi.test.yaml"
    stack.write_text(stack.read_text().replace("config:\n", "config:\n  flowvigil:retentionDays: '3'\n", 1))
    runner.git("commit", "-qam", "Keep logs for three days", at=work)
    runner.git("push", "-q", "origin", "HEAD:refs/heads/short-memory", at=work)
    assert runner.job("preview", runner.git("rev-parse", "short-memory"), {"number": "breaking"}) == 4
    assert "log.store keeps logs for 3 days; 7 to 365 are allowed" in runner.printed
