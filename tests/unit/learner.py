"""A learner with an embedded cloud of their own, for the stories of `lab.map` and `lab.states`."""

from typing import Any

from cloudlab import Lab, connect
from cloudlab.client.exchange import Exchange
from tests.asking import login_body


class Learner:
    """Logged in as demo, by hand; the calls of a lesson in one word each. `lab` is what they hold."""

    def __init__(self, user: str = "demo", lab: Lab | None = None) -> None:
        self.lab = lab or connect()
        body = login_body(user, "demo" if user.startswith("demo") else user)
        answer = self.lab.post(
            f"{self.lab.urls['keystone']}/v3/auth/tokens", json=body, headers={"X-Auth-Token": None}
        )
        self.lab.token = answer.headers["X-Subject-Token"]

    def ask(self, method: str, service: str, path: str, **body: Any) -> Exchange:
        """One call that must succeed."""
        url = self.lab.endpoint(service) + path
        answer = self.lab._session.request(method, url, **({"json": body} if body else {}))
        assert answer.ok, answer.text
        return answer

    def server(self, name: str = "MyFirstApiVm", until: str = "ACTIVE", **more: Any) -> str:
        """A server's id, once it is `until`."""
        image = self.ask("GET", "image", "/v2/images").json()["images"][0]["id"]
        wish = {"name": name, "imageRef": image, "flavorRef": "1", **more}
        made = self.ask("POST", "compute", "/servers", server=wish).json()["server"]
        self.until("compute", f"/servers/{made['id']}", until)
        return made["id"]

    def volume(self, name: str = "MyVolume", size: int = 1) -> str:
        made = self.ask("POST", "block-storage", "/volumes", volume={"name": name, "size": size}).json()
        self.until("block-storage", f"/volumes/{made['volume']['id']}", "available")
        return made["volume"]["id"]

    def attach(self, server: str, volume: str) -> None:
        wish = {"volumeId": volume}
        self.ask("POST", "compute", f"/servers/{server}/os-volume_attachments", volumeAttachment=wish)
        self.until("block-storage", f"/volumes/{volume}", "in-use")

    def act(self, server: str, until: str, **action: Any) -> None:
        """One action of a server's; a name with a dash is given as `**{"os-stop": None}`."""
        self.ask("POST", "compute", f"/servers/{server}/action", **action)
        self.until("compute", f"/servers/{server}", until)

    def until(self, service: str, path: str, state: str) -> None:
        self.lab.wait(self.lab.endpoint(service) + path, state, every=0.1)

    def order(self, id: str, kind: str = "") -> dict[str, Any]:
        """What the embedded cloud tells of a resource's life."""
        return self.lab._inside.order("GET", "/states", kind=kind, id=id)

    def road(self, id: str) -> list[str]:
        return [mark["state"] for mark in self.order(id)["path"]]
