"""Files of a watched folder are sent when they have stood still, and again when they changed."""

from pathlib import Path

import pytest

from models.errors import CallError, WorldError
from sources.watch import Watch, watch_once

STATE_NAME = ".known.json"


def sent(folder: Path) -> list[str]:
    """One look by a program that was just started, and what it sends."""
    return [path.name for path in watch_once(folder, Watch(folder / STATE_NAME))]


def test_a_new_file_is_sent_at_the_look_after_the_one_that_found_it_and_then_never_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "day.csv").write_text("a")
    assert [sent(tmp_path) for _ in range(4)] == [[], ["day.csv"], [], []]


def test_a_file_that_is_still_being_written_is_left_alone_until_it_stands_still(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.csv"
    for content in ("a", "ab", "abc"):
        path.write_text(content)
        assert sent(tmp_path) == []
    assert sent(tmp_path) == ["day.csv"]


def test_a_file_that_has_grown_is_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("a")
    assert [sent(tmp_path), sent(tmp_path)] == [[], ["day.csv"]]
    path.write_text("ab")
    assert [sent(tmp_path) for _ in range(3)] == [[], ["day.csv"], []]


def test_a_file_that_grows_while_it_is_sent_is_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("a")
    sent(tmp_path)
    for each in watch_once(tmp_path, Watch(tmp_path / STATE_NAME)):
        each.write_text("a and more")
    assert [sent(tmp_path) for _ in range(3)] == [[], ["day.csv"], []]


def test_a_file_whose_sending_broke_off_is_sent_again(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("a")
    sent(tmp_path)
    assert next(watch_once(tmp_path, Watch(tmp_path / STATE_NAME))).name == "day.csv"
    assert sent(tmp_path) == ["day.csv"]


def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("a")
    sent(tmp_path)
    sent(tmp_path)
    path.unlink()
    assert sent(tmp_path) == []
    assert "day.csv" not in (tmp_path / STATE_NAME).read_text()


def test_hidden_files_folders_mappings_and_unfinished_copies_are_no_tables(tmp_path: Path) -> None:
    for name in (".hidden", "map.toml", "day.csv.part", "day.csv.tmp"):
        (tmp_path / name).write_text("a")
    (tmp_path / "below").mkdir()
    assert [sent(tmp_path), sent(tmp_path)] == [[], []]


def test_state_that_is_something_else_is_refused_and_not_written_over(tmp_path: Path) -> None:
    state = tmp_path / STATE_NAME
    for content in ("{", "[]", '{"version": 9}', '{"version": 1, "looked": {"a": 1}, "sent": {}}'):
        state.write_text(content)
        with pytest.raises(CallError, match="remove it, and every file is sent once more"):
            Watch(state)
        assert state.read_text() == content


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="none: No such file or directory; name a folder"):
        next(watch_once(tmp_path / "none", Watch(tmp_path / "state.json")))


def test_state_that_cannot_be_written_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(WorldError, match="give the right to write there"):
        next(watch_once(folder, Watch(tmp_path / "missing" / "state.json")))
    assert list(tmp_path.iterdir()) == [folder]


def test_a_file_that_failed_comes_again_and_keeps_no_other_waiting(tmp_path: Path) -> None:
    state = tmp_path / STATE_NAME
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1\n")
    assert sent(tmp_path) == []
    watch = Watch(state)
    taken = []
    for path in watch_once(tmp_path, watch):
        taken.append(path.name)
        if path.name == "a.csv":
            watch.failures.add(path.name)
    assert taken == ["a.csv", "b.csv"]
    assert sent(tmp_path) == ["a.csv"]
    assert sent(tmp_path) == []
