"""All files or none, and over what is there only if asked to."""

from __future__ import annotations

import pytest

from flowvigil.scaffold.writing import InTheWay, write


def tree(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_folders_are_made_as_needed(tmp_path):
    write(tmp_path / "new", {"a.txt": "1", "below/b.txt": "2"})
    assert (tmp_path / "new/below/b.txt").read_text() == "2"


def test_every_file_in_the_way_is_named_and_nothing_is_written(tmp_path):
    (tmp_path / "b").write_text("mine")
    (tmp_path / "c").write_text("mine")
    with pytest.raises(InTheWay) as refused:
        write(tmp_path, {"a": "1", "b": "2", "c": "3"})
    assert refused.value.paths == ("b", "c")
    assert tree(tmp_path) == ["b", "c"]


def test_a_dangling_link_is_in_the_way_too(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InTheWay):
        write(tmp_path, {"a": "1"})


class Interrupting(dict):
    """Files whose second one brings Ctrl-C."""

    def items(self):
        yield "below/a", "1"
        raise KeyboardInterrupt


def test_an_interrupt_leaves_nothing_half_written(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, Interrupting(a=1))
    assert tree(tmp_path) == ["mine"]


def test_a_folder_that_was_there_before_stays_after_an_interrupt(tmp_path):
    (tmp_path / "below").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, Interrupting())
    assert tree(tmp_path) == ["below"]


def test_what_is_replaced_is_put_back_after_an_interrupt(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below/a").write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, Interrupting({"below/a": "1", "b": "2"}), over=True)
    assert (tmp_path / "below/a").read_text() == "mine"
