"""Stories of nova's front door: version documents, microversions, paths that are none.

Recordings nova_*/001 … 006, 070 … 074 and nova_v21_296/268 … 278.
"""

from typing import Any

Api = Any
FLAVOR = "/v2.1/flavors/1"


def test_the_versions_are_told_without_a_token(api: Api) -> None:
    answer = api.get("nova", "/", user=None)
    assert answer.status_code == 200
    assert [(v["id"], v["status"], v["version"]) for v in answer.json()["versions"]] == [
        ("v2.0", "DEPRECATED", ""),
        ("v2.1", "CURRENT", "2.100"),
    ]
    assert "x-openstack-request-id" not in answer.headers


def test_each_version_describes_itself(api: Api) -> None:
    for path, version in [("/v2/", "v2.0"), ("/v2.1/", "v2.1"), ("/v2.1", "v2.1")]:
        document = api.get("nova", path, user=None).json()["version"]
        assert document["id"] == version
        assert document["links"][0]["href"].endswith(path.rstrip("/") + "/")


def test_without_a_header_it_is_2_1_and_the_answer_says_so(api: Api) -> None:
    answer = api.get("nova", FLAVOR)
    assert answer.headers["OpenStack-API-Version"] == "compute 2.1"
    assert answer.headers["X-OpenStack-Nova-API-Version"] == "2.1"
    assert answer.headers["Vary"] == "OpenStack-API-Version, X-OpenStack-Nova-API-Version"
    assert "description" not in answer.json()["flavor"]


def test_either_header_asks_for_a_microversion(api: Api) -> None:
    for headers, version in [
        ({"OpenStack-API-Version": "compute 2.55"}, "2.55"),
        ({"X-OpenStack-Nova-API-Version": "2.60"}, "2.60"),
        ({"OpenStack-API-Version": "compute latest"}, "2.100"),
        ({"OpenStack-API-Version": "compute 2.90", "X-OpenStack-Nova-API-Version": "2.60"}, "2.90"),
        ({"OpenStack-API-Version": "volume 3.0, compute 2.61"}, "2.61"),
        ({"OpenStack-API-Version": "volume 3.0"}, "2.1"),
    ]:
        answer = api.get("nova", FLAVOR, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["OpenStack-API-Version"] == f"compute {version}"
        assert answer.headers["X-OpenStack-Nova-API-Version"] == version


def test_a_version_that_nova_has_not_is_406_and_what_is_none_400(api: Api) -> None:
    future = api.get("nova", FLAVOR, headers={"OpenStack-API-Version": "compute 2.999"})
    assert future.status_code == 406
    assert future.json()["computeFault"]["message"] == (
        "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.100."
    )
    assert future.headers["OpenStack-API-Version"] == "compute 2.999"
    for text in ("x.y", "2", "2.01", "2.1.1"):
        nonsense = api.get("nova", FLAVOR, headers={"OpenStack-API-Version": f"compute {text}"})
        assert nonsense.status_code == 400
        assert "is of invalid format" in nonsense.json()["badRequest"]["message"]
        assert "OpenStack-API-Version" not in nonsense.headers


def test_v2_knows_no_microversions(api: Api) -> None:
    path = f"/v2/{api.project_id('demo')}/flavors/1"
    answer = api.get("nova", path, headers={"OpenStack-API-Version": "compute 2.999"})
    assert answer.status_code == 200
    assert "OpenStack-API-Version" not in answer.headers
    assert "description" not in answer.json()["flavor"]


def test_an_unknown_path_is_404_in_the_form_that_accept_asks_for(api: Api) -> None:
    asked = {"Accept": "application/json"}
    answer = api.get("nova", "/v2.1/nonsense", headers=asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert answer.json() == {
        "message": "The resource could not be found.<br /><br />\n\n\n",
        "code": "404 Not Found",
        "title": "Not Found",
    }
    assert "OpenStack-API-Version" not in answer.headers
    page = api.get("nova", "/v2.1/nonsense", headers={"Accept": "*/*"})
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "<h1>404 Not Found</h1>" in page.text
    wrong_method = api.patch("nova", FLAVOR, {}, headers=asked)
    assert (wrong_method.status_code, wrong_method.json()["title"]) == (404, "Not Found")


def test_the_projects_own_base_is_no_page(api: Api) -> None:
    answer = api.get("nova", f"/v2.1/{api.project_id('demo')}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "404 Not Found"


def test_what_nova_has_and_we_have_not_says_so(api: Api) -> None:
    answer = api.get("nova", "/v2.1/os-instance_usage_audit_log", user="admin")
    assert answer.status_code == 404
    assert answer.headers["X-Cloudlab-Absent"] == "GET /os-instance_usage_audit_log"
    assert "X-Cloudlab-Absent" not in api.get("nova", "/v2.1/nonsense").headers


def test_a_proxy_that_nova_gave_up_is_404_for_all(api: Api) -> None:
    path = "/v2.1/os-baremetal-nodes"
    absent = api.get("nova", path, headers={"OpenStack-API-Version": "compute 2.35"})
    assert absent.headers["X-Cloudlab-Absent"] == "GET /os-baremetal-nodes"
    gone = api.get("nova", path, headers={"OpenStack-API-Version": "compute 2.36"})
    assert gone.json() == {"itemNotFound": {"code": 404, "message": "The resource could not be found."}}
    assert "X-Cloudlab-Absent" not in gone.headers
    for method, path in (("GET", "/os-cells"), ("POST", "/os-agents"), ("GET", "/os-fping/x")):
        answer = api(method, "nova", f"/v2.1{path}", json={}, user="admin")
        assert (answer.status_code, list(answer.json())) == (410, ["computeFault"])


def test_no_token_and_a_bad_one_are_the_middlewares_401(api: Api) -> None:
    for how in ({"user": None}, {"token": "gAAAAAnothing"}):
        answer = api.get("nova", FLAVOR, **how)
        assert answer.status_code == 401
        assert answer.json()["error"]["message"] == "The request you have made requires authentication."
        assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{api.cloud.url("keystone")}/"'
        assert "OpenStack-API-Version" not in answer.headers


def test_another_projects_id_in_the_url_is_400(api: Api) -> None:
    mine, other = api.project_id("demo"), api.project_id("admin")
    answer = api.get("nova", f"/v2.1/{other}/flavors")
    assert answer.status_code == 400
    assert answer.json()["badRequest"]["message"] == (
        f"Malformed request URL: URL's project_id '{other}' doesn't match Context's project_id '{mine}'"
    )


def test_each_answer_has_a_request_id_of_its_own(api: Api) -> None:
    theirs = "req-11111111-2222-4333-8444-555555555555"
    first = api.get("nova", FLAVOR, headers={"X-Openstack-Request-Id": theirs})
    second = api.get("nova", "/v2.1/nonsense")
    ids = {answer.headers["x-openstack-request-id"] for answer in (first, second)}
    assert len(ids) == 2
    assert theirs not in ids  # a client's own id ties calls together, it doesn't name ours
    assert first.headers["x-compute-request-id"] == first.headers["x-openstack-request-id"]


def test_bodies_that_are_none(api: Api) -> None:
    for body, content_type, status, message in [
        (b'{"keypair": {', "application/json", 400, "Malformed request body"),
        (b'{"keypair": {"name": "\\ud800"}}', "application/json", 400, "Malformed request body"),
        (b"[" * 5000, "application/json", 400, "Malformed request body"),
        (b"", "application/json", 400, "None is not of type 'object'"),
        (b"[]", "application/json", 400, "[] is not of type 'object'"),
        (b"<keypair/>", "application/xml", 415, "Unsupported Content-Type"),
    ]:
        answer = api.post("nova", "/v2.1/os-keypairs", data=body, headers={"Content-Type": content_type})
        assert answer.status_code == status
        [fault] = answer.json().values()
        assert fault == {"code": status, "message": message}


def test_a_body_over_the_limit_is_413(api: Api) -> None:
    answer = api.post(
        "nova", "/v2.1/os-keypairs", data=b" " * 114_689, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["title"] == "Request Entity Too Large"
