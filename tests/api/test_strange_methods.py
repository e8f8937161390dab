"""Methods that HTTP has and the services don't: what the 2025.2 services were seen to answer."""

from typing import Any

import pytest

Api = Any
LISTS = {
    "keystone": "/v3/projects",
    "nova": "/v2.1/flavors",
    "cinder": "/v3/volumes",
    "glance": "/v2/images",
    "neutron": "/v2.0/networks",
    "placement": "/resource_providers",
}
WITH_CORS = ("nova", "cinder", "glance", "neutron")


@pytest.mark.parametrize("service", WITH_CORS)
def test_options_without_a_token_is_an_empty_yes(api: Api, service: str) -> None:
    answer = api("OPTIONS", service, LISTS[service], user=None)
    assert (answer.status_code, answer.content) == (200, b"")


def test_keystone_tells_which_methods_there_are(api: Api) -> None:
    answer = api("OPTIONS", "keystone", "/v3/projects", user=None)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    assert answer.headers["x-openstack-request-id"]


def test_placement_has_no_options(api: Api) -> None:
    answer = api("OPTIONS", "placement", "/resource_providers", user="admin")
    assert answer.status_code == 405 and "The method OPTIONS is not allowed" in answer.text
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ("keystone", 405),
        ("nova", 404),
        ("cinder", 404),
        ("glance", 405),
        ("placement", 405),
        ("neutron", 200),
    ],
)
@pytest.mark.parametrize("method", ["FOO", "TRACE"])
def test_an_unknown_method(api: Api, service: str, status: int, method: str) -> None:
    """Neutron takes it for a GET."""
    assert api(method, service, LISTS[service], user="admin").status_code == status


def test_neutron_takes_the_missing_id_for_one(api: Api) -> None:
    answer = api.delete("neutron", "/v2.0/networks")
    assert answer.status_code == 404
    assert answer.json()["NeutronError"]["message"] == "Network None could not be found."


def test_neutron_refuses_a_method_without_saying_which(api: Api) -> None:
    answer = api("PATCH", "neutron", "/v2.0/networks", json={})
    assert answer.status_code == 405 and "Allow" not in answer.headers
    assert answer.json()["NeutronError"]["type"] == "HTTPMethodNotAllowed"


def test_neutron_misses_a_policy_of_an_unknown_kind(api: Api) -> None:
    """It was a 500 here."""
    answer = api.delete("neutron", "/v2.0/rbac-policies")
    assert answer.status_code == 404
    assert answer.json()["NeutronError"]["message"] == "RBAC policy of type unknown with ID None not found"
