"""What a cloud's owner has steered outlives the process, and not a reset. Servers without sockets being served."""

import json
import os
import signal
from pathlib import Path

import pytest

from cloudlab.sim import control, home
from cloudlab.sim.errors import BadOrder
from cloudlab.sim.server import Server, build
from tests.clouds import FREE_PORTS
from tests.steered import ANY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return home.make_folder(tmp_path / "state")


def begin(folder: Path, **options) -> Server:
    return build(folder, {"ports": ANY, "profile": "classroom", **options})


def end(server: Server) -> None:
    """Its sockets and its file, as a kill leaves them: nothing more is written."""
    server._server.close()
    server.cloud.close()


def clock(server: Server, method: str = "GET", **order) -> dict:
    return control.obey(server.cloud, method, "/clock", order)


def test_steering_outlives_the_process_and_not_a_reset(folder):
    server = begin(folder)
    assert clock(server)["speed"] == 1
    clock(server, "POST", speed=10, paused=True)
    stood = clock(server)["now"]
    end(server)
    again = begin(folder)
    found = clock(again)
    assert (found["now"], found["speed"], found["paused"]) == (stood, 10, True)
    assert home.read_settings(folder)["seed"] == 1
    again.reset()
    found = clock(again)
    assert (found["speed"], found["paused"]) == (1, False)
    assert found["now"] > stood
    assert "clock" not in home.read_settings(folder)
    end(again)


def test_a_clock_that_was_never_steered_is_the_real_one_after_a_restart(folder):
    server = begin(folder)
    first = clock(server)["now"]
    end(server)
    again = begin(folder)
    assert home.read_settings(folder) == {"seed": 1}
    assert clock(again)["now"] > first
    end(again)


@pytest.mark.parametrize(
    "kept", ["fast", {"speed": 0}, {"moment": "soon", "real": "now", "speed": 1, "paused": False}]
)
def test_settings_that_somebody_has_spoiled_don_t_keep_it_from_starting(folder, kept, caplog):
    end(begin(folder))
    home.write_settings(folder, {"seed": 1, "clock": kept})
    server = begin(folder)
    assert clock(server)["speed"] == 1
    assert "settings.json can't be read" in caplog.text
    end(server)


def test_a_database_that_was_removed_by_hand_takes_its_clock_along(folder):
    server = begin(folder)
    clock(server, "POST", paused=True)
    end(server)
    (folder / home.DATABASE).unlink()
    again = begin(folder)
    assert not clock(again)["paused"]
    end(again)


def test_a_restored_cloud_keeps_its_time_and_seed_and_a_reset_has_its_own(folder, tmp_path):
    """Saved under seed 7, restored where seed 1 is: what is made next has the ids that it would have had there."""
    theirs = begin(home.make_folder(tmp_path / "theirs"), seed=7)
    file = str(tmp_path / "theirs.cloud")
    clock(theirs, "POST", paused=True)
    control.obey(theirs.cloud, "POST", "/save", {"file": file})
    saved = clock(theirs)["now"]
    end(theirs)
    server = begin(folder)
    control.obey(server.cloud, "POST", "/restore", {"file": file})
    end(server)
    again = begin(folder)
    assert again.cloud.ids.seed == 7
    assert (clock(again)["now"], clock(again)["paused"]) == (saved, True)
    assert again.info()["seed"] == 1
    again.reset()
    assert again.cloud.ids.seed == 1
    end(again)


def test_a_steering_that_cannot_be_written_down_is_refused(folder, monkeypatch):
    server = begin(folder)

    def full(*args):
        raise home.HomeError("The disk is full")

    monkeypatch.setattr(home, "write_settings", full)
    with pytest.raises(BadOrder, match="disk is full"):
        clock(server, "POST", paused=True)
    assert not clock(server)["paused"]
    end(server)


def test_a_killed_cloud_is_as_its_owner_left_it_and_the_commands_take_it_back(
    folder, tmp_path, monkeypatch, capsys
):
    """A real process, and a real kill -9."""
    from cloudlab.__main__ import main

    monkeypatch.chdir(tmp_path)
    where = ["--state", str(folder)]
    try:
        assert main(["up", *where, *FREE_PORTS]) == 0
        state = home.running(folder)
        home.control(state, "POST", "/clock", {"paused": True, "speed": 5})
        assert main(["save", "mine", *where]) == 0
        stood = home.control(state, "GET", "/clock")
        os.kill(state["pid"], getattr(signal, "SIGKILL", signal.SIGTERM))
        assert home._until_unlocked(folder, 5)
        assert main(["up", *where, *FREE_PORTS]) == 0
        state = home.running(folder)
        assert home.control(state, "GET", "/clock") == stood
        home.control(state, "POST", "/clock", {"paused": False})
        capsys.readouterr()
        assert main(["save", "mine", *where]) == 1
        assert "mine.cloud is there already" in capsys.readouterr().err
        assert main(["diff", "mine", *where]) == 0
        assert capsys.readouterr().out.startswith("mine → now: no resource differs")
        assert main(["restore", "mine", *where]) == 0
        assert "0 servers" in capsys.readouterr().out
        assert home.control(state, "GET", "/clock") == stood
        assert json.loads((folder / home.SETTINGS).read_text())["clock"]["paused"]
    finally:
        home.stop(folder)
    assert main(["save", "x", *where]) == 1
    assert "not running" in capsys.readouterr().err
