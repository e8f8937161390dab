"""What the lessons need a name for is found on clouds that call it otherwise, or said to be missing."""

import pytest

from cloudlab import LabError
from cloudlab.client import here, needs
from cloudlab.client.console_calls import BUTTONS, press
from tests.realish import real_lab
from tests.steered import lab_in_process

GIB = 1024**3
UBUNTU = {
    "name": "Ubuntu 24.04",
    "size": 3 * GIB // 5,
    "min_disk": 0,
    "min_ram": 1024,
    "disk_format": "qcow2",
}
SMALL = {
    "name": "cirros-0.6.2-x86_64",
    "size": 20_000_000,
    "min_disk": 0,
    "min_ram": 0,
    "disk_format": "qcow2",
}
RESCUE = {"name": "tiny-rescue", "size": 1_000, "disk_format": "iso"}


def flavor(name, vcpus, ram, disk):
    return {"id": f"id-of-{name}", "name": name, "vcpus": vcpus, "ram": ram, "disk": disk}


FLAVORS = [
    flavor("b2-7", 2, 7000, 50),
    flavor("d2-2", 1, 2000, 25),
    flavor("volume-only", 1, 1000, 0),
    flavor("t0", 1, 512, 5),
]


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in ("IMAGE", "FLAVOR", "NETWORK"):
        monkeypatch.delenv(f"CLOUDLAB_{name}", raising=False)


def test_the_embedded_cloud_has_the_talks_names_without_a_call():
    with lab_in_process("here") as lab:
        assert (lab.here.image, lab.here.flavor, lab.here.flavor_id, lab.here.networks) == (
            "cirros",
            "m1.tiny",
            "1",
            {},
        )
        assert lab.here.scope == {"scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}
        assert len(lab.history) == 0


def test_a_real_cloud_is_asked_once_with_a_login_of_its_own():
    lab = real_lab()
    assert (lab.here.image, lab.here.flavor) == ("cirros", "m1.tiny")
    assert lab.here.networks == {}
    asked = [(e.request.method, e.purpose) for e in lab.history]
    assert asked == [("POST", "connect")] * 2 + [("GET", "connect")] * 3
    assert lab.token is None and lab.catalog is None
    assert "project: demo" in repr(lab.here)


def test_images_and_flavors_that_fit():
    assert here.chosen_image([UBUNTU, SMALL, RESCUE]) is SMALL
    assert here.chosen_image([RESCUE, UBUNTU]) is UBUNTU
    assert here.chosen_flavor(FLAVORS, SMALL)["name"] == "t0"
    assert here.chosen_flavor(FLAVORS, UBUNTU)["name"] == "d2-2"
    assert here.chosen_flavor([*FLAVORS, flavor("m1.tiny", 1, 2048, 10)], UBUNTU)["name"] == "m1.tiny"
    assert here.chosen_flavor([flavor("volume-only", 1, 1024, 0)], UBUNTU)["name"] == "volume-only"


def test_a_wish_goes_first(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_IMAGE", "Ubuntu 24.04")
    monkeypatch.setenv("CLOUDLAB_FLAVOR", "b2-7")
    assert here.chosen_image([UBUNTU, SMALL]) is UBUNTU
    assert here.chosen_flavor(FLAVORS, SMALL)["name"] == "b2-7"
    with pytest.raises(LabError, match=r"named Ubuntu 24\.04.*CLOUDLAB_IMAGE"):
        here.chosen_image([SMALL])


def test_a_cloud_without_them_says_so():
    with pytest.raises(LabError, match="no image"):
        here.chosen_image([RESCUE])
    with pytest.raises(LabError, match="fits the image"):
        here.chosen_flavor([flavor("small", 1, 256, 1)], UBUNTU)


def test_a_network_is_named_where_nova_cannot_choose(monkeypatch):
    nets = [{"id": "n-2", "name": "b"}, {"id": "n-1", "name": "a", "shared": True}]
    assert here.chosen_network(nets[:1]) == {} == here.chosen_network([])
    assert here.chosen_network(nets) == {"networks": [{"uuid": "n-2"}]}  # one's own before a shared one
    monkeypatch.setenv("CLOUDLAB_NETWORK", "a")
    assert here.chosen_network(nets) == {"networks": [{"uuid": "n-1"}]}
    with pytest.raises(LabError, match="no network a"):
        here.chosen_network(nets[:1])


def test_a_wish_is_for_your_own_project_alone(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_NETWORK", "private")
    lab = real_lab("neighbour")
    assert lab.here.networks["networks"] and lab.here.choice_of("neighbour").networks == {}


def test_what_a_cloud_does_not_give_is_said():
    alone, helped = real_lab(), real_lab("admin")
    assert "CLOUDLAB_ADMIN" in needs.lacking(alone._session.transport, "admin")
    assert needs.lacking(helped._session.transport, "admin") == ""
    with pytest.raises(LabError, match="neighbour"):
        alone.here.account("neighbour")


def test_checks_and_drills_that_cannot_be_done_are_neither_done_nor_not_yet():
    lab = real_lab()
    report = lab.check("01-token.make")
    assert not report and "Not possible here" in repr(report) and "not yet" not in repr(report)
    drill = lab.drill(3)
    assert "Not possible here" in repr(drill) and len(lab.history) == 1
    assert "Not possible here" in repr(lab.check("10-capstone.drill-3"))
    assert repr(lab.progress()) == repr(real_lab().progress())


def test_the_console_names_a_network_where_there_are_several():
    lab = real_lab()
    session, button = lab._session, next(b for b in BUTTONS if (b.kind, b.name) == ("servers", "Make"))
    session.here._choices["me"] = here.Choice("cirros", "m1.tiny", "1", {"networks": [{"uuid": "n-2"}]})
    lab.token = log_in(lab)
    clicked = press(session, button, {"name": "clicked", "flavor": "1", "image": "i-1"})
    _call, answer = next(clicked)
    assert answer.request.json()["server"]["networks"] == [{"uuid": "n-2"}]


def log_in(lab):
    url = lab.urls["keystone"] + "/v3/auth/tokens"
    return lab.post(url, json=lab.here.account("me").login).headers["X-Subject-Token"]
