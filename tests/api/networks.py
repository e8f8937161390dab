"""What stories about networks say often."""

from typing import Any

Api = Any
NOWHERE = "00000000-0000-0000-0000-000000000000"


def make(api: Api, collection: str, user: str = "demo", **attributes: Any) -> dict[str, Any]:
    """A new resource, as its create answers."""
    name = collection.replace("-", "_").removesuffix("s")
    answer = api.post("neutron", f"/v2.0/{collection}", {name: attributes}, user=user)
    assert answer.status_code == 201, answer.text
    return answer.json()[name]


def error(answer: Any) -> tuple[int, str, str]:
    """Status, type and message of a refusal."""
    body = answer.json()["NeutronError"]
    return answer.status_code, body["type"], body["message"]
