"""Stories of tokens: how one gets one, what it says, and when it ends (Identity API v3, recordings keystone/004 … 043)."""

from typing import Any

Api = Any


def test_a_password_buys_a_token_that_says_who_and_where(api: Api) -> None:
    answer = api.login("demo", "demo")
    assert answer.status_code == 201
    assert answer.headers["X-Subject-Token"].startswith("gAAAAA")
    token = answer.json()["token"]
    assert token["user"]["name"] == "demo"
    assert token["project"]["name"] == "demo"
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
