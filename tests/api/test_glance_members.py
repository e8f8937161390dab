"""Stories of shared images: members are added, and accept (seen on 2025.2)."""

from typing import Any

import pytest

from cloudlab.sim.bootstrap import IMAGE_ID
from tests.api.test_glance_images import JSON, create, names, patch, replace, upload

Api = Any


def shared(api: Api, **fields: Any) -> dict[str, Any]:
    wish = {"name": "ours", "disk_format": "raw", "container_format": "bare", **fields}
    image = create(api, **wish)
    upload(api, image, b"0123456789")
    return image


def add(api: Api, image: Any, member: Any, user: str = "demo") -> Any:
    path = f"{image['self']}/members"
    return api.post("glance", path, {"member": member}, user=user, headers=JSON)


def say(api: Api, image: Any, status: Any, user: str = "alt_demo", member: str = "") -> Any:
    path = f"{image['self']}/members/{member or api.project_id('alt_demo')}"
    return api.put("glance", path, {"status": status}, user=user, headers=JSON)


def listed(api: Api, query: str = "", user: str = "alt_demo") -> list[str]:
    return names(api.get("glance", f"/v2/images{query}", user=user))


def test_an_image_is_shared_and_accepted(api: Api) -> None:
    image, alt = shared(api), api.project_id("alt_demo")
    assert api.get("glance", f"{image['self']}/members").json() == {
        "members": [],
        "schema": "/v2/schemas/members",
    }
    member = add(api, image, alt).json()
    assert (member["member_id"], member["status"], member["image_id"]) == (alt, "pending", image["id"])
    assert api.get("glance", image["self"], user="alt_demo").status_code == 200
    assert listed(api) == ["cirros"]
    assert listed(api, "?member_status=pending") == ["ours", "cirros"]
    api.advance(1)
    accepted = say(api, image, "accepted").json()
    assert accepted["status"] == "accepted" and accepted["updated_at"] > accepted["created_at"]
    assert listed(api) == ["ours", "cirros"]
    assert listed(api, "?visibility=shared&member_status=all") == ["ours"]
    assert api.get("glance", image["file"], user="alt_demo").content == b"0123456789"
    say(api, image, "rejected")
    assert listed(api) == ["cirros"] and listed(api, "?member_status=rejected") == ["ours", "cirros"]
    assert api.get("glance", image["self"], user="alt_demo").status_code == 200


def test_a_member_sees_itself_only_and_changes_nothing_else(api: Api) -> None:
    image, alt = shared(api), api.project_id("alt_demo")
    add(api, image, "somebody")
    add(api, image, alt)
    path = f"{image['self']}/members"
    seen = api.get("glance", path, user="alt_demo").json()["members"]
    assert [one["member_id"] for one in seen] == [alt]
    assert len(api.get("glance", path).json()["members"]) == 2
    assert (
        api.get("glance", f"{path}/somebody", user="alt_demo", headers=JSON)
        .json()["message"]
        .startswith(f"somebody not found in the member list of the image {image['id']}.")
    )
    for answer, action in (
        (add(api, image, "other", "alt_demo"), "add_member"),
        (add(api, image, "other", "demo_reader"), "add_member"),
        (api.delete("glance", f"{path}/{alt}", user="alt_demo", headers=JSON), "delete_member"),
        (say(api, image, "accepted", "demo"), "modify_member"),
        (patch(api, image["id"], replace("name", "x"), user="alt_demo"), "modify_image"),
    ):
        assert answer.status_code == 403
        assert f"not authorized to complete {action} action" in answer.json()["message"]
    assert api.delete("glance", image["self"], user="alt_demo").status_code == 403


def test_a_member_is_removed(api: Api) -> None:
    image, alt = shared(api), api.project_id("alt_demo")
    add(api, image, alt)
    gone = api.delete("glance", f"{image['self']}/members/{alt}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get("glance", image["self"], user="alt_demo").status_code == 404
    assert api.delete("glance", f"{image['self']}/members/{alt}", headers=JSON).status_code == 404


def test_only_shared_images_have_members(api: Api) -> None:
    private = shared(api, visibility="private")
    path, alt = f"{private['self']}/members", api.project_id("alt_demo")

    def said(answer: Any) -> str:
        assert answer.status_code == 403
        return answer.json()["message"].partition("<br")[0]

    id = private["id"]
    assert said(api.get("glance", path, headers=JSON)) == (
        f"Not allowed to list members for image {id}: Only shared images have members."
    )
    assert said(add(api, private, alt)) == f"Not allowed to create members for image {id}."
    assert said(say(api, private, "accepted", "demo")) == f"Not allowed to update members for image {id}."
    gone = api.delete("glance", f"{path}/{alt}", headers=JSON)
    assert said(gone) == f"Not allowed to delete members for image {id}."
    assert said(add(api, {"self": f"/v2/images/{IMAGE_ID}"}, alt, "admin")).startswith(
        "Not allowed to create"
    )
    unseen = api.get("glance", path, user="alt_demo", headers=JSON)
    assert unseen.status_code == 404
    assert unseen.json()["message"].startswith(f"Image {id} not found.")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Member to be added not specified"),
        ({"member": ""}, "Member can't be empty"),
        ([1], 'Expected a member in the form: {"member": "image_id"}'),
        ({"member": {"a": 1}}, 'Expected a member in the form: {"member": "image_id"}'),
    ],
)
def test_members_that_cannot_be(api: Api, body: Any, sentence: str) -> None:
    answer = api.post("glance", f"{shared(api)['self']}/members", body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(sentence)


def test_the_same_member_twice_and_strange_answers(api: Api) -> None:
    image, alt = shared(api), api.project_id("alt_demo")
    add(api, image, alt)
    twice = add(api, image, alt)
    assert twice.status_code == 409
    assert twice.json()["message"].startswith(f"Member {alt} is duplicated for image {image['id']}")
    assert (
        say(api, image, "maybe")
        .json()["message"]
        .startswith('Incorrect request: Status must be "pending", "accepted" or "rejected".')
    )
    path = f"{image['self']}/members/{alt}"
    nothing = api.put("glance", path, {}, user="alt_demo", headers=JSON)
    assert nothing.json()["message"].startswith("Status not specified")


def test_members_go_with_their_image(api: Api) -> None:
    image = create(api, name="ours", id="7b1e8b3c-0a52-4a2f-9b0d-0d1c5b7c8e11")
    add(api, image, api.project_id("alt_demo"))
    api.delete("glance", image["self"])
    again = create(api, name="ours", id=image["id"])
    assert api.get("glance", f"{again['self']}/members").json()["members"] == []
    schema = api.get("glance", "/v2/schemas/members").json()["properties"]["members"]["items"]
    assert schema == api.get("glance", "/v2/schemas/member").json()


def test_an_image_is_not_given_away(api: Api) -> None:
    """By `replace` glance refuses at once; by `add`, as the openstack command does it, because it would be gone."""
    image, alt = shared(api), api.project_id("alt_demo")
    plain = patch(api, image["id"], replace("owner", alt))
    assert (plain.status_code, plain.json()["message"]) == (
        403,
        "Access was denied to this resource.<br /><br />\nOwner can't be updated by non admin.\n\n",
    )
    added = patch(api, image["id"], replace("owner", alt, op="add"))
    assert added.status_code == 403
    assert added.json()["message"].startswith(f"Forbidding request, image {image['id']} not visible<br />")
    assert patch(api, image["id"], replace("owner", api.project_id(), op="add")).status_code == 200
    assert patch(api, image["id"], replace("owner", alt), user="admin").json()["owner"] == alt


def test_a_conflict_says_its_cause_behind_webobs_own_sentence(api: Api) -> None:
    answer = patch(api, shared(api)["id"], replace("{colour}", "red"))
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "There was a conflict when trying to complete your request.<br /><br />\n"
        "Property {colour} does not exist.\n\n",
    )
