"""The bytes of JSON: where the services' own writers put spaces and a line's end. Each as a real 2025.2 answered."""

import json

import pytest

from tests.steered import lab_in_process

KEYSTONE = (
    ("/", '{"versions": {"values": [{"id": ', "}]}}"),
    ("/v3", '{"version": {"id": ', "}]}}"),
    ("/v3/auth/catalog", '{"catalog": [{"', '"}}\n'),
    ("/v3/auth/projects", '{"projects": [{"', " null}}\n"),
    ("/v3/users", '{"error":{"code":403,"message":"You are ', '"}}\n'),
    ("/v3/users/nobody", '{"error":{"code":403,"message":"', '"}}\n'),
)
NEUTRON = (
    ("/v2.0/networks", '{"networks":[{"id":"', "}]}"),
    ("/v2.0/subnets", '{"subnets":[{"id":"', "}]}"),
    ("/v2.0/ports?limit=1", '{"ports":[', "]}"),
    ("/v2.0/networks/nope", '{"NeutronError": {"type": "NetworkNotFound"', '""}}'),
    ("/v2.0/security-groups", '{"security_groups": [{"id": "', "}]}"),
    ("/v2.0/routers", '{"routers": [', "]}"),
)


@pytest.fixture(scope="module")
def lab():
    with lab_in_process("written") as found:
        url = found.urls["keystone"] + "/v3/auth/tokens"
        login = found.post(url, json=found.here.account("me").login)
        assert login.content.startswith(
            b'{"token": {"methods": ["password"], "user": {'
        ) and login.content.endswith(b"]}}")
        found.token = login.headers["X-Subject-Token"]
        yield found


@pytest.mark.parametrize(("path", "begins", "ends"), KEYSTONE)
def test_keystone_writes_as_flask_does(lab, path, begins, ends):
    text = lab.get(lab.urls["keystone"] + path).content.decode()
    assert (text[: len(begins)], text[-len(ends) :]) == (begins, ends)


@pytest.mark.parametrize(("path", "begins", "ends"), NEUTRON)
def test_neutron_has_two_writers(lab, path, begins, ends):
    text = lab.get(lab.urls["neutron"] + path).content.decode()
    assert (text[: len(begins)], text[-len(ends) :]) == (begins, ends)


def test_without_a_token_keystone_says_it_without_spaces(lab):
    text = lab.get(lab.urls["keystone"] + "/v3/users", headers={"X-Auth-Token": None}).content.decode()
    assert text.startswith('{"error":{"code":401,') and text.endswith('"}}\n')


def test_a_wrong_method_is_said_with_spaces(lab):
    """Recording keystone/100_auth_tokens_put."""
    text = lab.put(lab.urls["keystone"] + "/v3/auth/tokens").content.decode()
    assert text.startswith('{"message": "The method is') and text.endswith('URL."}\n')


def test_the_others_have_spaces_and_no_end(lab):
    for service, path in (("nova", "/v2.1/flavors"), ("cinder", "/v3/types"), ("glance", "/v2/images")):
        text = lab.get(lab.urls[service] + path).content.decode()
        assert text == json.dumps(json.loads(text))
