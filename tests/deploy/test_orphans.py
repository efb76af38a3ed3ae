"""Providers whose engine is gone, told from all other processes by their name, their mark and their parent."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowvigil.deploy.locks import lives
from flowvigil.deploy.orphans import MARK, end_orphans, mark

SLEEPER = (
    "import subprocess, sys; p = subprocess.Popen([sys.argv[1], '60']); print(p.pid, flush=True); sys.stdin.read()"
)


@pytest.fixture
def ours(tmp_path):
    """A mark that no other test's processes have."""
    return mark(tmp_path, "one")


@pytest.fixture
def provider(tmp_path):
    """A program that is called like a provider."""
    return shutil.copy(shutil.which("sleep"), tmp_path / "pulumi-resource-alicloud")


def started(provider, marked):
    """A parent that starts the provider, and the provider's process number.

    The parent goes on before the kernel has given the new program its environment, on a busy machine long before.
    """
    environment = {**os.environ, MARK: marked}
    command = [sys.executable, "-c", SLEEPER, str(provider)]
    parent = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    number = int(parent.stdout.readline())
    while not Path(f"/proc/{number}/environ").read_bytes():
        time.sleep(0.001)
    return parent, number


def end(parent):
    parent.stdin.close()
    parent.wait()
    parent.stdout.close()


def test_a_provider_whose_engine_is_gone_is_ended(provider, ours):
    parent, number = started(provider, ours)
    end(parent)
    assert end_orphans(ours) == 1
    assert not lives(number)


def test_a_provider_whose_engine_lives_is_left_alone(provider, ours):
    parent, number = started(provider, ours)
    assert end_orphans(ours) == 0
    assert lives(number)
    end(parent)
    assert end_orphans(ours) == 1


def test_a_provider_of_another_stack_is_left_alone(provider, ours):
    parent, _ = started(provider, other := f"{ours}-other")
    end(parent)
    assert end_orphans(ours) == 0
    assert end_orphans(other) == 1


def test_a_process_that_nobody_has_collected_does_not_live():
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(child.pid)
    child.wait()
    child.stdout.close()
