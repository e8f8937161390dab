"""Stories of nova's image proxy: glance's images in nova's words, until 2.36 (recordings nova_*/020 … 024)."""

from typing import Any

Api = Any


def mv(version: str) -> dict[str, str]:
    return {"OpenStack-API-Version": f"compute {version}"}


def cirros(api: Api) -> str:
    return api.get("glance", "/v2/images").json()["images"][0]["id"]


def own_image(api: Api, name: str = "mine", **properties: str) -> str:
    body = {"name": name, "disk_format": "raw", "container_format": "bare", **properties}
    made = api.post("glance", "/v2/images", body)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_the_list_is_glances(api: Api) -> None:
    [image] = api.get("nova", "/v2.1/images").json()["images"]
    assert (image["id"], image["name"]) == (cirros(api), "cirros")
    assert [link["rel"] for link in image["links"]] == ["self", "bookmark", "alternate"]
    assert image["links"][2]["href"] == f"{api.cloud.url('glance')}//images/{image['id']}"


def test_an_image_in_full(api: Api) -> None:
    image = api.get("nova", f"/v2.1/images/{cirros(api)}").json()["image"]
    assert image == api.get("nova", "/v2.1/images/detail").json()["images"][0]
    assert (image["status"], image["progress"], image["minRam"], image["minDisk"]) == ("ACTIVE", 100, 0, 0)
    assert image["OS-EXT-IMG-SIZE:size"] > 0


def test_an_image_without_bytes_is_being_saved(api: Api) -> None:
    image = api.get("nova", f"/v2.1/images/{own_image(api)}").json()["image"]
    assert (image["status"], image["progress"]) == ("SAVING", 25)


def test_filters_and_pages_are_passed_on(api: Api) -> None:
    own_image(api, "a")
    own_image(api, "b")
    assert [image["name"] for image in api.get("nova", "/v2.1/images?name=a").json()["images"]] == ["a"]
    saved = api.get("nova", "/v2.1/images?status=ACTIVE").json()["images"]
    assert [image["name"] for image in saved] == ["cirros"]
    page = api.get("nova", "/v2.1/images?limit=2").json()
    link = page["images_links"][0]["href"].removeprefix(api.cloud.url("nova"))
    rest = api.get("nova", link).json()["images"]
    assert sorted(image["name"] for image in page["images"] + rest) == ["a", "b", "cirros"]


def test_an_unknown_image_and_another_projects_are_404(api: Api) -> None:
    private = own_image(api)
    for image_id, user in (("00000000-0000-0000-0000-000000000000", "demo"), (private, "alt_demo")):
        answer = api.get("nova", f"/v2.1/images/{image_id}", user=user)
        assert answer.json() == {"itemNotFound": {"code": 404, "message": "Image not found."}}


def test_the_proxy_went_with_2_36(api: Api) -> None:
    for tail in ["", "/detail", "/{id}"]:
        path = "/v2.1/images" + tail.format(id=cirros(api))
        assert api.get("nova", path, headers=mv("2.35")).status_code == 200
        gone = api.get("nova", path, headers=mv("2.36"))
        assert gone.json() == {"itemNotFound": {"code": 404, "message": "The resource could not be found."}}


def test_metadata_is_glances_properties(api: Api) -> None:
    path = f"/v2.1/images/{own_image(api, colour='red')}/metadata"
    assert api.get("nova", path).json() == {"metadata": {"colour": "red"}}
    assert api.get("nova", f"{path}/colour").json() == {"meta": {"colour": "red"}}
    added = api.post("nova", path, {"metadata": {"shape": "round"}})
    assert added.json() == {"metadata": {"colour": "red", "shape": "round"}}
    assert api.put("nova", f"{path}/shape", {"meta": {"shape": "flat"}}).json() == {"meta": {"shape": "flat"}}
    assert api.put("nova", f"{path}/shape", {"meta": {"size": "1"}}).status_code == 400
    assert api.delete("nova", f"{path}/colour").status_code == 204
    assert api.get("nova", f"{path}/colour").status_code == 404
    assert api.put("nova", path, {"metadata": {"a": "1"}}).json() == {"metadata": {"a": "1"}}
    assert api.get("nova", path, headers=mv("2.38")).status_code == 200
    assert api.get("nova", path, headers=mv("2.39")).status_code == 404


def test_an_image_is_deleted_by_its_owner(api: Api) -> None:
    image = own_image(api)
    assert api.delete("nova", f"/v2.1/images/{image}", user="alt_demo").status_code == 404
    assert api.delete("nova", f"/v2.1/images/{image}").status_code == 204
    assert api.get("nova", f"/v2.1/images/{image}").status_code == 404
    public = api.delete("nova", f"/v2.1/images/{cirros(api)}")
    assert public.json()["forbidden"]["message"] == "You are not allowed to delete the image."
