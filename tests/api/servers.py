"""What stories about servers say often."""

from typing import Any

Api = Any
Json = dict[str, Any]


def mv(version: str) -> dict[str, str]:
    return {"OpenStack-API-Version": f"compute {version}"}


def image_id(api: Api) -> str:
    return str(api.get("glance", "/v2/images").json()["images"][0]["id"])


def order(api: Api, name: str = "web", **more: Any) -> Json:
    """The talk's body."""
    return {"server": {"name": name, "imageRef": image_id(api), "flavorRef": "1", **more}}


def create(api: Api, name: str = "web", user: str = "demo", headers: Any = None, **more: Any) -> str:
    """A server that is being built. Gives its id."""
    answer = api.post("nova", "/v2.1/servers", order(api, name, **more), user=user, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["server"]["id"])


def built(api: Api, name: str = "web", **more: Any) -> str:
    """A server that is ACTIVE. Gives its id."""
    server_id = create(api, name, **more)
    api.advance(10)
    user = more.get("user", "demo")
    assert show(api, server_id, user=user)["status"] == "ACTIVE"
    return server_id


def show(api: Api, server_id: str, **how: Any) -> Json:
    answer = api.get("nova", f"/v2.1/servers/{server_id}", **how)
    assert answer.status_code == 200, answer.text
    server: Json = answer.json()["server"]
    return server


def act(api: Api, server_id: str, action: str, wanted: Any = None, **how: Any) -> Any:
    return api.post("nova", f"/v2.1/servers/{server_id}/action", {action: wanted}, **how)


def state(api: Api, server_id: str) -> str:
    """`ACTIVE None active 1`, or `404`."""
    answer = api.get("nova", f"/v2.1/servers/{server_id}")
    if answer.status_code != 200:
        return str(answer.status_code)
    server = answer.json()["server"]
    return " ".join(
        str(server[name])
        for name in (
            "status",
            "OS-EXT-STS:task_state",
            "OS-EXT-STS:vm_state",
            "OS-EXT-STS:power_state",
        )
    )


def states(api: Api, server_id: str, seconds: float = 10) -> list[str]:
    """The distinct states in order, looked at four times a second: the shortest lasts 0.3 s."""
    seen: list[str] = []
    for _ in range(int(seconds * 4)):
        now = state(api, server_id)
        if now not in seen[-1:]:
            seen.append(now)
        api.advance(0.25)
    return seen


def fault(answer: Any) -> tuple[int, str]:
    """Status and nova's sentence."""
    body = answer.json()
    said = next(iter(body.values()))
    return answer.status_code, said["message"] if isinstance(said, dict) else str(body["message"])


def ports_of(api: Api, server_id: str) -> list[Json]:
    found: list[Json] = api.get("neutron", f"/v2.0/ports?device_id={server_id}", user="admin").json()["ports"]
    return found


def allocations_of(api: Api, server_id: str) -> Json:
    found: Json = api.get("placement", f"/allocations/{server_id}", user="admin").json()["allocations"]
    return found


def network(api: Api, name: str, user: str = "demo", cidr: str = "192.168.7.0/24") -> str:
    """A network with a subnet. Gives its id."""
    made = api.post("neutron", "/v2.0/networks", {"network": {"name": name}}, user=user).json()["network"]
    subnet = {"subnet": {"network_id": made["id"], "ip_version": 4, "cidr": cidr}}
    answer = api.post("neutron", "/v2.0/subnets", subnet, user=user)
    assert answer.status_code == 201, answer.text
    return str(made["id"])


def private(api: Api) -> str:
    """demo's own first network."""
    found = api.get("neutron", "/v2.0/networks?name=private").json()["networks"]
    return str(next(net["id"] for net in found if net["tenant_id"] == api.project_id("demo")))


def volume(api: Api, name: str = "data", size: int = 1, **more: Any) -> str:
    """An available volume. Gives its id."""
    answer = api.post("cinder", "/v3/volumes", {"volume": {"size": size, "name": name, **more}})
    assert answer.status_code == 202, answer.text
    api.advance(5)
    return str(answer.json()["volume"]["id"])


def volume_of(api: Api, volume_id: str) -> Json:
    found: Json = api.get("cinder", f"/v3/volumes/{volume_id}").json()["volume"]
    return found
