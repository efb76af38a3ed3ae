"""The state in an S3-compatible store, as OSS is one: up, no change, two runs at once. Folders: every other proof."""

import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.ports import free_port
from tests.proofs.conftest import until

pytestmark = pytest.mark.engine

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(scope="module")
def store():
    """The address of a local S3 server with the bucket `states`."""
    address = f"127.0.0.1:{free_port()}"
    told = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", address.rpartition(":")[2]]
    server = subprocess.Popen(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: _answers(address))
    OPENER.open(urllib.request.Request(f"http://{address}/states", method="PUT"), timeout=10).close()
    yield address
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def site(make_site, store):
    """A stack whose state is in the bucket."""
    made = make_site()
    query = f"endpoint=http://{store}&region=cn-hangzhou&s3ForcePathStyle=true"
    made.environment |= {"PULUMI_BACKEND_URL": f"s3://states?{query}"}
    made.environment |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    code, printed = made.up()
    assert code == 0, printed
    return made


def test_the_state_is_in_the_bucket(site, store):
    with OPENER.open(f"http://{store}/states?list-type=2", timeout=10) as answer:
        assert ".pulumi/stacks/acme/test.json" in answer.read().decode()


def test_a_second_preview_is_empty(site):
    code, printed = site.preview("--expect-no-changes")
    assert code == 0, printed


def test_of_two_runs_at_once_the_second_is_refused(site):
    poem = site.root / "monitors/poem-generator.yaml"
    poem.write_text(poem.read_text().replace("8s", "9s"))
    code, printed = site.two_runs("CreateMetricRuleTemplate")
    assert code == 3
    assert "the stack is currently locked by 1 lock(s)" in printed


def test_the_lock_of_a_killed_run_is_freed_by_the_next(site):
    poem = site.root / "monitors/poem-generator.yaml"
    poem.write_text(poem.read_text().replace("9s", "10s"))
    site.door("faults", {"kind": "hold", "action": "CreateMetricRuleTemplate"}, "POST")
    command = [sys.executable, "-m", "flowvigil", "up", "--stack", site.stack, "--yes", "--skip-preview"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    first = subprocess.Popen(command, cwd=site.root, env={**os.environ, **site.environment}, **quiet)
    until(lambda: site.door("faults")[0]["held"])
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    site.door("faults", method="DELETE")
    code, printed = site.up()
    assert code == 0, printed
    assert "freeing the lock of process " in printed
    assert "verified: every planned rule is in the cloud as planned" in printed


def test_destroy_works_from_the_bucket(site):
    code, printed = site.destroy()
    assert code == 0, printed
    assert site.objects() == {}


def _answers(address):
    try:
        OPENER.open(f"http://{address}/moto-api/", timeout=1).close()
    except OSError:
        return False
    return True
