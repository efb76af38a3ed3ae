"""A page's script: what fails is told at once, what it leaves running is ended, what cannot be typed is said."""

from __future__ import annotations

import os
import select

import pytest

from tests.docs.typing_in import typed_in


def test_a_script_that_fails_ends_with_the_server_it_left_in_the_background(tmp_path):
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    code, said = typed_in(f"exec 3> {pipe}; sleep 600 & echo begun; false", tmp_path, {"PATH": os.environ["PATH"]})
    assert (code, said) == (1, "begun\n")
    assert select.select([reader], [], [], 20)[0], "the server still holds the pipe"
    assert os.read(reader, 1) == b""
    os.close(reader)


@pytest.mark.parametrize(("has", "typed", "missing"), [("curl", "true", "bash"), ("bash", "curl -s x", "curl")])
def test_a_page_that_types_what_the_machine_has_not_is_left_out(tmp_path, monkeypatch, has, typed, missing):
    (tmp_path / has).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=f"this machine has no {missing}"):
        typed_in(typed, tmp_path, {})
