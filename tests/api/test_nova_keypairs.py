"""Stories of key pairs: a public key imported, one generated, whose it is, how it goes.

Recordings nova_*/025 … 042.
"""

from typing import Any

from Crypto.PublicKey import RSA

Api = Any
KEY = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDHC8muq/XCIdEr2cAOsssmDvB2fYoVZTI3maH2TnoQqX5u7oIdmjke3/USxEg7gArWjnI7k8Rsu/"
    "Ua+0DF3WDiqHlPDiO8bZxA4n38EaMEL5jU2MkJX7gRW1jCiVk9GHLBrQGjFHQ34F71x0G7gD51r3gvNMNr1Iq2e1EGEcCp9/BqwVz6x5IfyRxJiSRw"
    "HFdU/bnXAP9ZUP6osBJE3dS5KtV0ygHdNZGlvosER5LYsdON8CTHoj2b5tOVYzbGyRUIqH15Lz1xZWBDB30G57DVovf4kp6Yd8amB/9EynoFy2jzRX"
    "OiGui9a3LOvM1vdLqr5YiaLFqfpbSj9F6xTy4z demo@local"
)
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIJudoNVdBENrFoxrxa7rRXZfhcFS8Zn3quuE/+6wXnR demo@local"
PATH = "/v2.1/os-keypairs"


def mv(version: str) -> dict[str, str]:
    return {"OpenStack-API-Version": f"compute {version}"}


def create(api: Api, version: str = "2.1", user: str = "demo", **keypair: Any) -> Any:
    return api.post("nova", PATH, {"keypair": keypair}, user=user, headers=mv(version))


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["keypair"]["name"] for entry in answer.json()["keypairs"]]


def test_an_imported_key_comes_back_with_its_fingerprint(api: Api) -> None:
    assert names(api.get("nova", PATH)) == []
    made = create(api, name="mine", public_key=KEY)
    assert made.status_code == 200
    assert made.json()["keypair"] == {
        "name": "mine",
        "public_key": KEY,
        "fingerprint": "a6:18:f9:f3:85:85:31:6a:72:54:e5:3a:94:05:01:cd",
        "user_id": api.user_id("demo"),
    }
    shown = api.get("nova", f"{PATH}/mine").json()["keypair"]
    assert shown.items() > made.json()["keypair"].items()
    assert (shown["created_at"], shown["deleted"], shown["updated_at"]) == (
        "2026-01-01T00:00:00.000000",
        False,
        None,
    )
    assert names(api.get("nova", PATH)) == ["mine"]


def test_every_kind_of_ssh_key_is_taken(api: Api) -> None:
    answer = create(api, name="ed", public_key=ED25519)
    assert answer.json()["keypair"]["fingerprint"] == "a1:f3:4f:28:4d:99:c3:f9:55:69:a6:03:28:09:f4:e6"


def test_a_generated_pair_fits_together_and_its_private_half_is_told_once(api: Api) -> None:
    made = create(api, name="gen").json()["keypair"]
    private = RSA.import_key(made["private_key"])
    assert private.has_private()
    assert private.size_in_bits() == 2048
    assert made["public_key"] == private.public_key().export_key("OpenSSH").decode() + " Generated-by-Nova"
    assert "private_key" not in api.get("nova", f"{PATH}/gen").json()["keypair"]


def test_microversions_bring_types_and_other_codes(api: Api) -> None:
    early = create(api, type="ssh", name="a", public_key=KEY)
    assert "('type' was unexpected)" in early.json()["badRequest"]["message"]
    made = create(api, "2.2", type="ssh", name="a", public_key=KEY)
    assert (made.status_code, made.json()["keypair"]["type"]) == (201, "ssh")
    assert "type" in api.get("nova", f"{PATH}/a", headers=mv("2.2")).json()["keypair"]
    assert "type" not in api.get("nova", f"{PATH}/a").json()["keypair"]
    assert api.delete("nova", f"{PATH}/a", headers=mv("2.2")).status_code == 204
    create(api, name="a", public_key=KEY)
    assert api.delete("nova", f"{PATH}/a").status_code == 202
    wrong = create(api, "2.2", type="pgp", name="a", public_key=KEY)
    assert wrong.json()["badRequest"]["message"].endswith("'pgp' is not one of ['ssh', 'x509']")


def test_from_2_92_nova_makes_no_keys_and_takes_more_names(api: Api) -> None:
    refused = create(api, "2.92", name="gen")
    assert refused.status_code == 400
    assert refused.json()["badRequest"]["message"].endswith("'public_key' is a required property")
    assert create(api, "2.91", name="me@home.net", public_key=KEY).status_code == 400
    assert create(api, "2.92", name="me@home.net", public_key=KEY).status_code == 201


def test_a_name_is_used_once_by_one_user(api: Api) -> None:
    create(api, name="mine", public_key=KEY)
    again = create(api, name="mine", public_key=KEY)
    assert again.status_code == 409
    assert again.json()["conflictingRequest"]["message"] == "Key pair 'mine' already exists."
    assert create(api, name="mine", public_key=KEY, user="alt_demo").status_code == 200


def test_what_is_no_key_is_400(api: Api) -> None:
    for text in [
        "ssh-rsa not-a-key",
        "ssh-rsa",
        "",
        "\u0000",
        "ssh-rsa AAAA",
        "ssh-ed25519 " + KEY.split()[1],
        KEY.replace("ssh-rsa", "ssh-dss"),
        KEY[:200],
        "ssh-rsa =====",
        "café " + KEY.split()[1],
    ]:
        answer = create(api, name="bad", public_key=text)
        assert answer.status_code == 400
        assert (
            answer.json()["badRequest"]["message"]
            == "Keypair data is invalid: failed to generate fingerprint"
        )


def test_a_wrong_request_is_400_and_v2_is_lenient(api: Api) -> None:
    for wrong in [{"name": "a/b"}, {"name": ""}, {"name": 1}, {"name": "x" * 256}, {"color": 1}]:
        body = {"name": "fine", "public_key": KEY, **wrong}
        assert create(api, **body).status_code == 400
        lenient = api.post("nova", f"/v2/{api.project_id('demo')}/os-keypairs", {"keypair": body})
        assert lenient.status_code == (200 if wrong in ({"name": "a/b"}, {"color": 1}) else 400)


def test_an_unknown_key_pair_is_404(api: Api) -> None:
    message = f"Keypair nope not found for user {api.user_id('demo')}"
    for method in ("GET", "DELETE"):
        answer = api(method, "nova", f"{PATH}/nope")
        assert answer.json() == {"itemNotFound": {"code": 404, "message": message}}


def test_a_key_pair_belongs_to_its_user_whatever_the_project(api: Api) -> None:
    create(api, name="mine", public_key=KEY, user="admin")
    assert names(api.get("nova", PATH, user="admin", project="demo")) == ["mine"]
    assert names(api.get("nova", PATH, user="demo")) == []


def test_from_2_10_an_admin_sees_to_other_users_keys(api: Api) -> None:
    create(api, name="mine", public_key=KEY)
    theirs = f"?user_id={api.user_id('demo')}"
    assert names(api.get("nova", PATH + theirs, user="admin")) == []  # before 2.10 the word is ignored
    assert names(api.get("nova", PATH + theirs, user="admin", headers=mv("2.10"))) == ["mine"]
    refused = api.get("nova", PATH + theirs, user="alt_demo", headers=mv("2.10"))
    assert refused.status_code == 403
    assert "os_compute_api:os-keypairs:index" in refused.json()["forbidden"]["message"]
    assert api.delete("nova", f"{PATH}/mine{theirs}", user="alt_demo", headers=mv("2.10")).status_code == 403
    assert api.delete("nova", f"{PATH}/mine{theirs}", user="admin", headers=mv("2.10")).status_code == 204


def test_from_2_35_the_list_has_pages(api: Api) -> None:
    for name in ("b", "A", "C", "a"):
        create(api, name=name, public_key=KEY)
    assert names(api.get("nova", f"{PATH}?limit=2")) == ["A", "a", "b", "C"]
    page = api.get("nova", f"{PATH}?limit=2", headers=mv("2.35"))
    assert names(page) == ["A", "a"]
    link = page.json()["keypairs_links"][0]["href"].removeprefix(api.cloud.url("nova"))
    assert names(api.get("nova", link, headers=mv("2.35"))) == ["b", "C"]
    assert api.get("nova", f"{PATH}?marker=zz", headers=mv("2.35")).status_code == 400


def test_the_quota_of_key_pairs_is_per_user(api: Api) -> None:
    quota = {"quota_set": {"key_pairs": 1}}
    api.put("nova", f"/v2.1/os-quota-sets/{api.project_id('demo')}", quota, user="admin")
    assert create(api, name="one", public_key=KEY).status_code == 200
    refused = create(api, name="two", public_key=KEY)
    assert refused.status_code == 403
    assert refused.json()["forbidden"]["message"] == "Maximum number of key pairs exceeded"


def test_an_x509_certificate_is_not_generated_here_and_says_so(api: Api) -> None:
    answer = create(api, "2.2", name="cert", type="x509")
    assert answer.status_code == 404
    assert "x509" in answer.headers["X-Cloudlab-Absent"]
    junk = create(api, "2.2", name="cert", type="x509", public_key="-----BEGIN CERTIFICATE-----")
    assert junk.status_code == 400
