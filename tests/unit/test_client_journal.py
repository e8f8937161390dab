"""lab.journal: what the embedded cloud noted, as the learner's side shows and saves it."""

import json
from typing import Any

import pytest

from cloudlab import Exchange, Lab, LabError, connect
from cloudlab.client.redact import Redactor
from cloudlab.sim.bootstrap import IMAGE_ID
from cloudlab.sim.neutron import notify
from tests.unit.learner import Learner
from tests.unit.tiny_cloud import NOVA, log_in, tiny_lab

HAR_KEYS = {"startedDateTime", "time", "request", "response", "cache", "timings"}


def logged_in() -> Lab:
    return Learner().lab


def make_server(lab: Lab, name: str = "watched") -> Exchange:
    asked = {"server": {"name": name, "flavorRef": "1", "imageRef": IMAGE_ID}}
    return lab.post(lab.urls["nova"] + "/v2.1/servers", json=asked)


@pytest.fixture(scope="module")
def built() -> tuple[Lab, Exchange]:
    """A lab, and the exchange that made a server, which is ACTIVE by now."""
    lab = logged_in()
    made = make_server(lab)
    lab.wait(made)
    return lab, made


def test_a_request_and_all_that_it_caused(built: Any) -> None:
    lab, made = built
    arrows = list(lab.journal.by_request(made))
    assert (arrows[0].sender, arrows[0].receiver, arrows[0].name) == (
        "client",
        "nova-api",
        "POST /v2.1/servers",
    )
    assert arrows[0].exchange.json() == made.redacted().json()
    named = [arrow.name for arrow in arrows]
    assert "schedule_and_build_instances" in named and "POST /v2.0/ports" in named
    assert not any(arrow.name.startswith("GET /v2.1/servers/") for arrow in arrows)  # lab.wait's own
    by_id = lab.journal.by_request(made.headers["X-Openstack-Request-Id"])
    assert [arrow.number for arrow in by_id] == [arrow.number for arrow in arrows]


def test_everything_about_a_resource(built: Any) -> None:
    lab, made = built
    server = made.json()["server"]
    arrows = list(lab.journal.by_resource(server))
    assert {"build_and_run_instance", f"PUT /allocations/{server['id']}"} <= {arrow.name for arrow in arrows}
    assert any(arrow.name == f"GET /v2.1/servers/{server['id']}" for arrow in arrows)
    assert lab.journal.by_resource(server["id"])[0].number == arrows[0].number


def test_tokens_are_labels_and_services_tokens_have_names(built: Any) -> None:
    lab, _ = built
    shown = "\n".join(arrow.exchange.as_text(full=True) for arrow in lab.journal if arrow.exchange)
    assert lab.token not in shown
    assert "X-Service-Token: ‹nova's token›" in shown and "X-Auth-Token: ‹token 1›" in shown
    assert "gAAAA" not in shown


def test_the_table_says_who_told_whom(built: Any) -> None:
    lab, _ = built
    text = repr(lab.journal)
    assert "nova-conductor  nova-scheduler  call     select_destinations" in text
    assert "everybody" in text and "<table>" in lab.journal._repr_mimebundle_()["text/html"]


def test_a_har_file_that_others_can_open(built: Any, tmp_path: Any) -> None:
    lab, made = built
    path = lab.journal.by_request(made).save(tmp_path / "made")
    assert path.name == "made.har"
    log = json.loads(path.read_text("utf-8"))["log"]
    assert log["version"] == "1.2" and log["creator"]["name"] == "cloudlab"
    first = log["entries"][0]
    assert set(first) >= HAR_KEYS
    assert first["request"]["url"] == made.url and first["response"]["status"] == 202
    assert json.loads(first["request"]["postData"]["text"])["server"]["name"] == "watched"
    assert {"name": "X-Auth-Token", "value": "‹token 1›"} in first["request"]["headers"]
    assert [m["name"] for m in log["_messages"]][:2] == [
        "schedule_and_build_instances",
        "select_destinations",
    ]


def test_what_cannot_be_written_is_said(built: Any, tmp_path: Any) -> None:
    lab, _ = built
    with pytest.raises(LabError, match="can't be written"):
        lab.journal.save(tmp_path / "nowhere" / "file")


@pytest.mark.parametrize("wrong", [None, "id", 7, {"id": "x"}])
def test_a_request_is_an_exchange_or_an_id(built: Any, wrong: Any) -> None:
    with pytest.raises(LabError, match="request id"):
        built[0].journal.by_request(wrong)


def test_an_answer_without_an_id_says_so(built: Any) -> None:
    lab, _ = built
    with pytest.raises(LabError, match="carries no request id"):
        lab.journal.by_request(lab.get(lab.urls["glance"] + "/"))


@pytest.mark.parametrize("wrong", [None, "", 7, {"name": "x"}])
def test_a_resource_is_an_id_or_has_one(built: Any, wrong: Any) -> None:
    with pytest.raises(LabError, match="takes an id"):
        built[0].journal.by_resource(wrong)


def test_a_real_cloud_says_that_it_cannot_be_seen() -> None:
    lab, _ = tiny_lab()  # its transport has no door to the inside
    with pytest.raises(LabError, match=r"is a real cloud.*request id"):
        len(lab.journal)


def test_a_service_s_token_has_its_owner_s_name_and_takes_no_number() -> None:
    redactor = Redactor()
    redactor.name("gAAAAAservicetoken", "nova")
    redactor.name("gAAAAAanothertoken", "nova")
    assert redactor.token("gAAAAAservicetoken") == "‹nova's token›"
    assert redactor.token("gAAAAAanothertoken") == "‹nova's token 2›"
    assert redactor.token("gAAAAAmine") == "‹token 1›"
    redactor.name("gAAAAAmine", "nova")
    assert redactor.token("gAAAAAmine") == "‹token 1›"


def test_a_token_in_keystone_v2_s_url_is_a_label() -> None:
    redactor = Redactor()
    assert redactor.text("http://127.0.0.1:5000/v2.0/tokens/gAAAAAxyz/endpoints") == (
        "http://127.0.0.1:5000/v2.0/tokens/‹token 1›/endpoints"
    )


def test_a_call_that_is_taken_out_is_missing_from_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "POST /v2.1/os-server-external-events"
    lab = logged_in()
    lab.wait(whole := make_server(lab, "whole"))
    assert told in lab.inside(whole).text()
    monkeypatch.setattr(notify, "nova", lambda scope, port, event: None)
    lab.wait(less := make_server(lab, "less"))
    assert told not in lab.inside(less).text()


def test_inside_of_what_never_was(built: Any) -> None:
    with pytest.raises(LabError, match="doesn't hold req-0"):
        built[0].inside("req-0")
    with pytest.raises(LabError, match="Make a call first"):
        connect().inside()


def test_a_real_clouds_inside_is_a_request_id_to_look_up() -> None:
    lab, _ = tiny_lab()
    log_in(lab)
    lab.get(f"{NOVA}/servers")
    said = repr(lab.inside("req-4711"))
    assert "can't be seen from outside" in said and "req-4711" in said
