"""python -m cloudlab, as a learner runs it: real processes, a state folder of their own, free ports."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudlab import __main__ as command
from cloudlab.sim import doctor, home

FREE = [word for service in command.SERVICES for word in ("--port", f"{service}=0")]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whatever still runs from it is stopped at the end."""
    yield tmp_path / "state"
    home.stop(tmp_path / "state")


@pytest.fixture
def run(folder: Path) -> Run:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        extra = ["--state", str(folder), *(FREE if words[0] == "up" else [])]
        line = [sys.executable, "-m", "cloudlab", words[0], *extra, *words[1:]]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    return run


def exports(text: str) -> dict[str, str]:
    pairs = [shlex.split(line)[1].split("=", 1) for line in text.splitlines() if line.startswith("export ")]
    return dict(pairs)


def names_of_users(state: dict, token: str) -> list[str]:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", state["ports"]["keystone"], timeout=10)
    connection.request("GET", "/v3/users", headers={"X-Auth-Token": token})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return [user["name"] for user in answer["users"]]


def make_user(state: dict, token: str, name: str) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", state["ports"]["keystone"], timeout=10)
    body = json.dumps({"user": {"name": name}})
    connection.request("POST", "/v3/users", body, {"X-Auth-Token": token, "Content-Type": "application/json"})
    assert connection.getresponse().status == 201
    connection.close()


def test_up_twice_status_and_down(run, folder):
    assert "runs" in run("up").stdout
    first = home.read_state(folder)
    again = run("up")
    assert (again.returncode, "Already running" in again.stdout) == (0, True)
    assert home.read_state(folder) == first
    shown = run("status")
    assert shown.returncode == 0
    assert f"http://127.0.0.1:{first['ports']['nova']}" in shown.stdout
    assert run("down").stdout == "Stopped.\n"
    assert not (folder / home.STATE).exists()
    assert run("status").returncode == 1
    assert run("down").stdout == "It was not running.\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_secret_is_its_owners_alone(run, folder):
    run("up")
    assert stat.S_IMODE((folder / home.STATE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_was_made_outlives_down_and_a_kill_but_not_reset(run, folder):
    run("up")
    state = home.running(folder)
    make_user(state, command._token(state, "admin", "admin")[0], "kim")
    run("down")
    run("up")
    state = home.running(folder)
    assert "kim" in names_of_users(state, command._token(state, "admin", "admin")[0])
    os.kill(state["pid"], getattr(signal, "SIGKILL", signal.SIGTERM))
    assert "kim" in wait_and_list(run, folder)
    assert run("reset").returncode == 0
    state = home.running(folder)
    assert "kim" not in names_of_users(state, command._token(state, "admin", "admin")[0])


def wait_and_list(run: Run, folder: Path) -> list[str]:
    """After a kill: cloud.json is still there, and must not be believed."""
    assert home._until_unlocked(folder, 5)
    assert home.read_state(folder) is not None
    assert home.running(folder) is None
    assert "was it killed" in run("doctor").stdout
    assert run("up").returncode == 0
    state = home.running(folder)
    return names_of_users(state, command._token(state, "admin", "admin")[0])


def test_reset_of_a_cloud_that_does_not_run(run, folder):
    run("up")
    run("down")
    assert (folder / home.DATABASE).exists()
    assert "not running" in run("reset").stdout
    assert not (folder / home.DATABASE).exists()


def test_another_seed_needs_a_reset_first(run, folder):
    run("up", "--seed", "7")
    assert home.read_state(folder)["seed"] == 7
    assert "keeps its seed 7" in run("up", "--seed", "8").stdout
    run("down")
    refused = run("up", "--seed", "8")
    assert (refused.returncode, "was made with seed 7" in refused.stderr) == (1, True)
    run("up")
    assert home.read_state(folder)["seed"] == 7  # not asked: it keeps its own


def test_a_strangers_port_is_named_and_moves_alone(run, folder):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        said = run("up", "--port", f"keystone={taken}")
    assert f"Port {taken} is taken by another program: keystone moves to" in said.stdout
    assert home.read_state(folder)["ports"]["keystone"] != taken


def test_env_prints_what_a_shell_can_read_and_writes_clouds_yaml(run, folder, tmp_path):
    run("up")
    state = home.running(folder)
    values = exports(run("env", "--shell", "sh", "--write", str(tmp_path)).stdout)
    assert values["OS_AUTH_URL"] == f"http://127.0.0.1:{state['ports']['keystone']}/v3"
    assert (values["OS_USERNAME"], values["OS_PROJECT_NAME"]) == ("demo", "demo")
    written = Path(values["OS_CLIENT_CONFIG_FILE"])
    assert written == (tmp_path / "clouds.yaml").resolve()
    clouds = pytest.importorskip("yaml").safe_load(written.read_text())["clouds"]
    assert clouds["cloudlab-admin"]["auth"]["auth_url"] == values["OS_AUTH_URL"]
    by_password = exports(run("env", "--shell", "sh", "--no-token").stdout)
    assert ("OS_TOKEN" in by_password, by_password["OS_AUTH_TYPE"]) == (False, "v3password")
    admin = exports(run("env", "--shell", "sh", "--user", "admin").stdout)
    assert "demo" in names_of_users(state, admin["OS_TOKEN"])


def test_env_for_powershell_and_in_the_way_of_nothing(monkeypatch):
    monkeypatch.setenv("OS_CLOUD", "elsewhere")
    monkeypatch.delenv("OS_TOKEN", raising=False)
    assert command._exports({"A": "it's"}, "powershell") == ["Remove-Item Env:OS_CLOUD", "$Env:A = 'it''s'"]
    assert command._exports({"A": "it's"}, "sh")[0] == "unset OS_CLOUD"


@pytest.mark.parametrize("words", [(), ("--no-token",)])
def test_the_openstack_command_takes_what_env_prints(run, folder, words):
    openstack = Path(sys.executable).with_name("openstack")
    if not openstack.exists():
        pytest.skip("python-openstackclient is not installed")
    run("up")
    printed = exports(run("env", "--shell", "sh", *words).stdout)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    line = [str(openstack), "token", "issue", "-f", "value", "-c", "project_id"]
    said = subprocess.run(line, capture_output=True, text=True, env={**inherited, **printed}, check=False)
    assert (said.stdout.strip(), said.stderr) == (printed["OS_PROJECT_ID"], "")


def test_env_without_a_cloud_says_what_to_do(run):
    said = run("env")
    assert (said.returncode, said.stdout) == (1, "")
    assert "python -m cloudlab up" in said.stderr


def test_two_that_start_at_once_get_one_cloud(folder):
    line = [sys.executable, "-m", "cloudlab", "up", "--state", str(folder), *FREE]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    pid = home.read_state(folder)["pid"]
    assert all(f"process {pid}" in text for text in said)


def test_foreground_stops_at_ctrl_c(folder):
    line = [sys.executable, "-m", "cloudlab", "up", "--foreground", "--state", str(folder), *FREE]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert "runs (process" in process.stdout.readline()
        assert home.running(folder)["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        assert "Stopped." in process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert home.running(folder) is None


def test_a_broken_database_is_a_sentence_and_no_traceback(run, folder):
    folder.mkdir()
    (folder / home.DATABASE).write_text(
        "this was never a database, and is long enough to be looked at. " * 20
    )
    said = run("up")
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)
    assert "reset" in said.stderr


def test_a_state_file_of_a_stranger_is_not_believed(folder):
    """The port answers, but as another instance: a neighbour's cloud on a shared host."""
    folder.mkdir()
    ours = home.start(folder, ports=dict.fromkeys(command.SERVICES, 0))
    assert home.is_running(ours)
    assert not home.is_running({**ours, "instance_id": "somebody else's"})
    assert not home.is_running({"pid": 1})


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(home.HomeError, match="--state"):
        home.start(tmp_path / "file" / "state")


def test_wrong_words_are_explained(capsys):
    with pytest.raises(SystemExit):
        command.main(["up", "--port", "swift=1"])
    assert "SERVICE=NUMBER" in capsys.readouterr().err


def test_cloudlab_state_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path))
    assert home.default_state_dir() == tmp_path
    monkeypatch.delenv("CLOUDLAB_STATE")
    assert home.default_state_dir().name == "cloudlab"


def test_doctor_knows_a_network_home(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/home {tmp_path}/my\\040home nfs4 rw 0 0\n")
    assert doctor.filesystem(tmp_path / "my home" / "state", mounts) == "nfs4"
    assert doctor.filesystem(tmp_path / "other", mounts) == "ext4"


def test_doctor_on_a_network_home_exits_with_1(run, folder, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "filesystem", lambda place: "nfs")
    assert command.main(["doctor", "--state", str(folder)]) == 1
    assert "CLOUDLAB_STATE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("requests>=2.31,<3", ""),
        ("requests<1,>=0.1", "is not <1"),
        ("requests>=99", "is not >=99"),
        ("no-such-library>=1", "no-such-library is missing"),
    ],
)
def test_doctor_reads_requirements(requirement, said):
    found = doctor._library(requirement)
    assert said in found
    assert bool(found) == bool(said)


def test_doctor_names_a_stranger(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        monkeypatch.setattr(doctor, "PORTS", {"nova": stranger.getsockname()[1]})
        (finding,) = doctor._ports(None)
    assert finding.level == "note"
    assert "taken by another program" in finding.what


@pytest.mark.parametrize(
    ("environment", "problems"),
    [
        ({}, 0),
        ({"HTTP_PROXY": "http://proxy:3128"}, 1),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "example.org,127.0.0.1"}, 0),
        ({"HTTPS_PROXY": "http://proxy:3128"}, 0),
    ],
)
def test_doctor_sees_a_proxy_that_catches_the_loopback(environment, problems):
    assert len(list(doctor._proxy(environment))) == problems


def test_doctor_on_a_hung_cloud(folder):
    folder.mkdir()
    home.write_state(folder, {"pid": 4711, "instance_id": "x", "control": {"port": 1, "secret": "x"}})
    with home.owned(folder):
        found = list(doctor._process(folder, home.read_state(folder), alive=False))
    (finding,) = found  # and no advice to start another one beside it
    assert finding.level == "problem" and "kill 4711" in finding.advice


def test_down_of_a_hung_cloud_says_so_and_keeps_its_claim(folder, monkeypatch):
    """Without cloud.json nobody could find it again, neither to stop it nor to name its process."""
    folder.mkdir()
    home.write_state(folder, {"pid": 4711, "instance_id": "x", "control": {"port": 1, "secret": "x"}})
    monkeypatch.setattr(home, "STOP_LIMIT", 0.0)
    with home.owned(folder), pytest.raises(home.HomeError, match="doctor"):
        home.stop(folder)
    assert home.read_state(folder)["pid"] == 4711
    assert home.stop(folder) is False and home.read_state(folder) is None  # now it is a killed one's
