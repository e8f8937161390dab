"""The service catalog: where it comes from, and how a URL is found in it."""

import pytest

from cloudlab import LabError
from tests.unit.tiny_cloud import CATALOG, CINDER, KEYSTONE, NOVA, log_in, tiny_lab

LEGACY = {
    "access": {
        "token": {"id": "c5eb66493c0445e2aef0b2d65c79333f"},
        "serviceCatalog": [
            {
                "type": "compute",
                "name": "nova",
                "endpoints": [
                    {"region": "RegionOne", "publicURL": f"{NOVA}/t1", "adminURL": f"{NOVA}/admin"}
                ],
            }
        ],
    }
}


def test_before_a_token_there_is_none_and_the_lab_says_what_to_do():
    lab, _ = tiny_lab()
    assert lab.catalog is None
    with pytest.raises(LabError, match="Get one first"):
        lab.endpoint("compute")


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("compute", NOVA),
        ("nova", NOVA),
        ("block-storage", CINDER),
        ("volumev3", CINDER),
        ("volume", CINDER),
        ("identity", KEYSTONE),
    ],
)
def test_types_their_other_names_and_service_names(service, url):
    lab, _ = tiny_lab()
    log_in(lab)
    assert lab.endpoint(service) == url


def test_what_the_catalog_lacks_is_named():
    lab, _ = tiny_lab()
    log_in(lab)
    with pytest.raises(LabError, match=r"no public endpoint for 'dns'.*compute"):
        lab.endpoint("dns")
    with pytest.raises(LabError, match="no admin endpoint"):
        lab.endpoint("compute", interface="admin")
    with pytest.raises(LabError):
        lab.endpoint("compute", region="RegionTwo")


def test_the_talks_v2_answer_carries_one_too():
    lab, app = tiny_lab()
    app.on("POST", "/v2.0/tokens", (200, {}, LEGACY))
    lab.post(f"{KEYSTONE}/v2.0/tokens", json={})
    assert lab.endpoint("compute") == f"{NOVA}/t1"
    assert lab.endpoint("compute", interface="admin") == f"{NOVA}/admin"


def test_an_answer_without_one_leaves_the_last_in_place():
    lab, app = tiny_lab()
    log_in(lab)
    app.on(
        "POST", "/v3/auth/tokens", (201, {"X-Subject-Token": "other-token-unscoped"}, {"token": {"user": {}}})
    )
    log_in(lab)
    assert lab.endpoint("compute") == NOVA


def test_the_catalogs_own_answer():
    lab, app = tiny_lab()
    app.on("GET", "/v3/auth/catalog", (200, {}, {"catalog": CATALOG}))
    lab.get(f"{KEYSTONE}/v3/auth/catalog")
    assert lab.endpoint("compute") == NOVA


def test_the_token_in_hand_keeps_its_catalog_whoever_else_logs_in():
    lab, app = tiny_lab()
    elsewhere = [{**entry, "name": "elsewhere"} for entry in CATALOG]
    for token, catalog in (("first-token", CATALOG), ("second-token", elsewhere)):
        app.on("POST", "/v3/auth/tokens", (201, {"X-Subject-Token": token}, {"token": {"catalog": catalog}}))
        lab.post(f"{KEYSTONE}/v3/auth/tokens", json={"auth": {}})
        lab.token = lab.token or token
    assert lab.catalog == CATALOG
    lab.token = "second-token"
    assert lab.catalog == elsewhere
    lab.token = "first-token"
    assert lab.catalog == CATALOG
    lab.token = "one-that-came-without"
    assert lab.catalog == CATALOG


def test_the_old_apis_token_is_in_the_body():
    lab, app = tiny_lab()
    app.on("POST", "/v2.0/tokens", (200, {}, LEGACY))
    lab.post(f"{KEYSTONE}/v2.0/tokens")
    lab.token = LEGACY["access"]["token"]["id"]
    lab.post(f"{KEYSTONE}/v3/auth/tokens", json={"auth": {}})  # somebody else's
    assert lab.endpoint("compute") == f"{NOVA}/t1"


@pytest.mark.parametrize("token", [{}, None, "text", []])
def test_an_answer_that_names_no_token_has_a_catalog_all_the_same(token):
    lab, app = tiny_lab()
    app.on("POST", "/v2.0/tokens", (200, {}, {"access": {**LEGACY["access"], "token": token}}))
    lab.post(f"{KEYSTONE}/v2.0/tokens")
    assert lab.endpoint("compute") == f"{NOVA}/t1"
