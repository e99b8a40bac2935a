"""The files that say where an account runs, and the lock that says whether one does."""

import threading

import pytest

from infra.local import state
from infra.local.state import AlreadyRunning, Running

RUNNING = Running("http://127.0.0.1:1", 1, 2, 60.0, "us-east-1", "123456789012", True)


def test_one_process_at_a_time_holds_a_directory(tmp_path):
    with state.hold(tmp_path):
        assert state.holder(tmp_path)
        with pytest.raises(AlreadyRunning, match="daytwo local down"):
            state.hold(tmp_path)
    assert state.holder(tmp_path) is None
    state.hold(tmp_path).close()


def test_whoever_looks_keeps_nobody_from_starting(tmp_path):
    state.hold(tmp_path).close()
    looking = threading.Event()

    def look():
        while not looking.is_set():
            state.holder(tmp_path)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(20):
            with state.hold(tmp_path):
                assert state.holder(tmp_path)
    finally:
        looking.set()
        thread.join()


def test_what_was_written_counts_only_while_the_directory_is_held(tmp_path):
    with state.hold(tmp_path):
        assert state.read(tmp_path) is None
        state.write(tmp_path, RUNNING)
        assert state.read(tmp_path) == RUNNING
    assert state.read(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": 1}'])
def test_a_broken_file_says_nothing(tmp_path, content):
    with state.hold(tmp_path):
        (tmp_path / "account.json").write_text(content)
        assert state.read(tmp_path) is None


def test_the_directory_is_the_option_then_the_variable_then_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAYTWO_LOCAL_DIR", raising=False)
    assert state.directory() == tmp_path / ".daytwo" / "local"
    monkeypatch.setenv("DAYTWO_LOCAL_DIR", "elsewhere")
    assert state.directory() == tmp_path / "elsewhere"
    assert state.directory(tmp_path / "given") == tmp_path / "given"
