"""Settings of real clouds, as people write them, become the body of a login; and connect() goes where they say."""

import json

import pytest

from cloudlab import LabError
from cloudlab.client import realcloud, transport
from cloudlab.client.account import Secret
from cloudlab.client.session import Session
from cloudlab.client.transport import WsgiAdapter

CLOUDS = """
clouds:
  mine:
    auth: {auth_url: "https://keystone.example.org/identity/v3", username: jane, password: hunter2hunter2,
           project_name: web, user_domain_name: Default, project_domain_name: Default}
    region_name: West
    interface: internal
    cacert: /etc/ssl/example.pem
  by-id:
    auth: {auth_url: "http://k:5000", user_id: u-1, password: x, project_id: p-1}
    verify: false
  credential:
    auth_type: v3applicationcredential
    auth: {auth_url: "http://k:5000/v3/", application_credential_id: a-1, application_credential_secret: s}
  named-credential:
    auth_type: v3applicationcredential
    auth: {auth_url: "http://k:5000/v3", application_credential_name: lessons, username: jane,
           user_domain_id: d-1, application_credential_secret: s}
  by-token:
    auth_type: v3token
    auth: {auth_url: "http://k:5000/v3", token: t-1, project_id: p-1}
  oidc:
    auth_type: v3oidcpassword
    auth: {auth_url: "http://k:5000/v3", username: jane, password: x, project_id: p-1, identity_provider: i,
           protocol: p, client_id: c, client_secret: s, discovery_endpoint: e}
  nowhere:
    auth: {auth_url: "http://k:5000/v3", username: jane, password: x}
"""


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """A clouds.yaml, and an environment that names no cloud yet."""
    for name in ("OS_CLOUD", "OS_AUTH_URL", "CLOUDLAB_ADMIN", "CLOUDLAB_NEIGHBOUR", "CLOUDLAB_MODE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "clouds.yaml"
    file.write_text(CLOUDS)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "state"))
    return monkeypatch


def sent(cloud):
    """What would go over the wire."""
    return json.loads(json.dumps(cloud.accounts["me"].login))["auth"]


def test_a_user_with_a_password():
    mine = realcloud.read("mine")
    domain = {"name": "Default"}
    assert sent(mine) == {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": "jane", "domain": domain, "password": "hunter2hunter2"}},
        },
        "scope": {"project": {"name": "web", "domain": domain}},
    }
    assert (mine.name, mine.region, mine.interface) == ("mine", "West", "internal")
    assert mine.verify == "/etc/ssl/example.pem"


def test_ids_in_place_of_names():
    found = realcloud.read("by-id")
    assert sent(found)["identity"]["password"]["user"] == {"id": "u-1", "password": "x"}
    assert sent(found)["scope"] == {"project": {"id": "p-1"}}
    assert found.verify is False


def test_an_application_credential_brings_its_project():
    by_id, by_name = realcloud.read("credential"), realcloud.read("named-credential")
    wanted = {"methods": ["application_credential"], "application_credential": {"secret": "s", "id": "a-1"}}
    assert sent(by_id) == {"identity": wanted}
    assert sent(by_name)["identity"]["application_credential"] == {
        "secret": "s",
        "name": "lessons",
        "user": {"name": "jane", "domain": {"id": "d-1"}},
    }


def test_a_token():
    assert sent(realcloud.read("by-token"))["identity"] == {"methods": ["token"], "token": {"id": "t-1"}}


def test_variables_alone_describe_a_cloud(settings):
    for name, value in {
        "AUTH_URL": "https://keystone.example.org:5000/v3",
        "USERNAME": "jane",
        "PASSWORD": "x",
        "PROJECT_NAME": "web",
        "USER_DOMAIN_NAME": "Default",
        "PROJECT_DOMAIN_ID": "default",
    }.items():
        settings.setenv(f"OS_{name}", value)
    assert realcloud.is_asked_for()
    found = realcloud.read()
    assert found.name == "keystone.example.org"
    assert sent(found)["scope"]["project"] == {"name": "web", "domain": {"id": "default"}}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("not-there", "not-there"),
        ("oidc", "application credential"),
        ("nowhere", "name no project"),
    ],
)
def test_what_cannot_be_used_is_said(name, said):
    with pytest.raises(LabError, match=said):
        realcloud.read(name)


def test_other_accounts_are_named_apart(settings):
    settings.setenv("CLOUDLAB_ADMIN", "by-id")
    found = realcloud.read("mine")
    assert set(found.accounts) == {"me", "admin"}
    assert found.accounts["admin"].project == "p-1"


def test_a_secret_is_sent_and_never_shown():
    account = realcloud.read("mine").accounts["me"]
    password = account.identity["password"]["user"]["password"]
    assert password == "hunter2hunter2" and isinstance(password, Secret)
    for shown in (repr(account), str(password), f"{password}", repr(account.login)):
        assert "hunter2" not in shown


def test_the_environment_decides_where_connect_goes(settings):
    settings.setenv("OS_CLOUD", "mine")
    found = transport.find()
    assert found.real is not None and found.cloud_name == "mine"
    assert found.urls == {"keystone": "https://keystone.example.org/identity"}
    assert not found.published and found.control is None
    settings.setenv("CLOUDLAB_MODE", "process")
    assert transport.find().real is None


def test_a_cloud_that_does_not_answer_is_told_apart_from_the_embedded_one(settings):
    """The variables of an embedded cloud that was stopped look like this."""
    settings.setenv("OS_CLOUD", "by-id")
    found = transport.find()
    found.adapter, found.urls = WsgiAdapter(no_app, set()), {"keystone": "http://127.0.0.1:5000"}
    with pytest.raises(LabError, match=r"Nothing listens.*unset them, or set CLOUDLAB_MODE=up"):
        realcloud.arrive(Session(found))


def no_app(environ, start_response):
    raise AssertionError("nothing is asked")


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://c:8774/v2.1", "http://c:8774"),
        ("http://c:8774/v2/4601230eb33f45e0a1855839649f8afc", "http://c:8774"),
        ("https://c/compute/v2.1/", "https://c/compute"),
        ("https://c:8776/v3/4601230eb33f45e0a1855839649f8afc", "https://c:8776"),
        ("https://image.c", "https://image.c"),
        ("https://c/image/v2", "https://c/image"),
    ],
)
def test_a_service_s_root(url, root):
    assert realcloud.root_of(url) == root
