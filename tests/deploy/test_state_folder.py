"""What a killed engine leaves in a state folder, and what is done about it."""

import pytest

from flowvigil.deploy.project import Project
from flowvigil.deploy.state_folder import state_folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".pulumi" / "stacks" / "acme").mkdir(parents=True)
    (tmp_path / ".pulumi" / "locks" / "organization" / "acme" / "test").mkdir(parents=True)
    return state_folder(f"file://{tmp_path}", Project(tmp_path, "acme"), "test")


def stacks(folder):
    return folder.root / ".pulumi" / "stacks" / "acme"


def test_empty_sidecars_are_removed_and_written_ones_stay(folder):
    (stacks(folder) / "test.json.attrs").touch()
    (stacks(folder) / "test.json.bak.attrs").write_text("{}")
    folder.mend()
    assert [path.name for path in stacks(folder).iterdir()] == ["test.json.bak.attrs"]


def test_an_empty_sidecar_of_a_lock_is_removed(folder):
    locks = folder.root / ".pulumi" / "locks" / "organization" / "acme" / "test"
    (locks / "1.json.attrs").touch()
    (locks / "1.json").write_text("{}")
    folder.mend()
    assert folder.locks() == [locks / "1.json"]
    assert list(locks.iterdir()) == [locks / "1.json"]


def test_unfinished_states_of_the_stack_are_swept_and_those_of_others_are_not(folder):
    for name in ("test.json", "test.json.18ea.tmp", "test.json.bak.18eb.tmp", "other.json.18ec.tmp"):
        (stacks(folder) / name).touch()
    folder.sweep()
    assert sorted(path.name for path in stacks(folder).iterdir()) == ["other.json.18ec.tmp", "test.json"]


def test_a_relative_folder_lies_in_the_project(tmp_path):
    found = state_folder("file://./state?metadata=skip", Project(tmp_path, "acme"), "test")
    assert found.root == tmp_path / "state"


def test_a_bucket_is_no_folder(tmp_path):
    assert state_folder("s3://states", Project(tmp_path, "acme"), "test") is None
