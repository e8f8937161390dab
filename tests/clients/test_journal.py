"""The journal sees every client: what curl asks in a terminal shows up in the notebook, and can be looked into."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudlab import Lab, connect
from cloudlab.sim import home
from cloudlab.sim.cloud import DEFAULT_PORTS


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """On a cloud of its own that runs as a process, as a learner's does."""
    monkeypatch.setenv("CLOUDLAB_MODE", "up")
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "state"))
    home.start(tmp_path / "state", ports=dict.fromkeys(DEFAULT_PORTS, 0), profile="instant")
    ready = connect()
    ready.start("05-server")
    yield ready
    home.stop(tmp_path / "state")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_curl_in_a_terminal_is_seen(lab: Lab) -> None:
    url = f"{lab.endpoint('compute')}/servers/detail"
    asked = ["curl", "-sS", "-D", "-", "-H", f"X-Auth-Token: {lab.token}", url]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    request_id = next(
        line.split(": ")[1].strip()
        for line in answer.splitlines()
        if line.lower().startswith("x-openstack-request")
    )
    first = lab.journal.by_request(request_id)[0]
    assert first.user_agent.startswith("curl/")
    assert first.seconds > 0 and first.exchange is not None
    assert str(lab.token) not in first.exchange.as_text(full=True)
    assert f"{first.user_agent} → nova-api" in lab.inside(request_id).text()


def test_your_own_call_is_yours(lab: Lab) -> None:
    lab.get(f"{lab.endpoint('compute')}/servers")
    assert "you → nova-api" in lab.inside().text()
