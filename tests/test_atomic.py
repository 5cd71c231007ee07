import os
import signal
import subprocess
import sys

import pytest

from softargmax._atomic import written_whole

fcntl = pytest.importorskip("fcntl", reason="without locks, what a killed run leaves stays there")

KILLED = """
import os, signal, sys
from pathlib import Path
from softargmax._atomic import written_whole
with written_whole(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write(path, text):
    with written_whole(path) as temporary:
        temporary.write_text(text)


@pytest.mark.parametrize("name", ["p.csv", "x" * 255, "\u00e9" * 120, "p\udcff.csv"])
def test_what_a_killed_run_leaves_is_removed_by_the_next(tmp_path, name):
    path = tmp_path / name
    write(path, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED, path])
    assert killed.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 2
    write(path, "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == [name]


def test_what_another_run_is_writing_is_left_alone(tmp_path):
    with written_whole(tmp_path / "p.csv") as first:
        first.write_text("first")
        write(tmp_path / "p.csv", "second")
        assert first.exists()
    assert (tmp_path / "p.csv").read_text() == "first"
    assert os.listdir(tmp_path) == ["p.csv"]


@pytest.mark.parametrize("kept", [".p.csv.gz.abcdefgh.partial", ".p.csv.notes.partial", ".q.csv.abcdefgh.partial"])
def test_files_of_others_are_left_alone(tmp_path, kept):
    (tmp_path / kept).touch()
    write(tmp_path / "p.csv", "new")
    assert sorted(os.listdir(tmp_path)) == sorted([kept, "p.csv"])


def test_a_file_system_without_locks_keeps_what_may_be_in_use(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError("no locks available")

    (tmp_path / ".p.csv.abcdefgh.partial").touch()
    monkeypatch.setattr(fcntl, "flock", no_locks)
    write(tmp_path / "p.csv", "new")
    assert (tmp_path / ".p.csv.abcdefgh.partial").exists()
    assert (tmp_path / "p.csv").read_text() == "new"


def test_a_file_that_is_taken_for_a_leftover_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    lock, taken = fcntl.flock, []

    def taken_away(descriptor, how):
        if not taken:
            (unfinished,) = tmp_path.glob(".p.csv.*.partial")
            taken.append(unfinished)
            unfinished.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", taken_away)
    write(tmp_path / "p.csv", "new")
    assert len(taken) == 1
    assert os.listdir(tmp_path) == ["p.csv"]
