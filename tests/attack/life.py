"""The life of servers, volumes and ports in two projects, in any order, with kills in between."""

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.attack import invariants
from tests.attack.judge import Wrong, judge
from tests.attack.life_actions import ACTIONS, BY_NAME, LIKELY
from tests.attack.target import Shot, Target

Json = dict[str, Any]
PROJECTS = ("demo", "alt_demo")
who = st.sampled_from(("demo", "demo", "demo", "alt_demo"))
nth = st.integers(0, 5)
waits = st.sampled_from((0.0, 0.0, 0.3, 0.9, 1.5, 4.0, 10.0))


class Killed(BaseException):
    """The process dies here: nobody catches it."""


class Life(RuleBasedStateMachine):
    """One cloud, two projects. Each rule is one request; `gone` are the ids that must never come back."""

    target: Target
    often = 8  # each so many steps the API is asked as well

    @initialize()
    def begin(self) -> None:
        self.target.fresh()
        self.gone: dict[str, set[str]] = {
            "servers": set(),
            "volumes": set(),
            "ports": set(),
            "snapshots": set(),
        }
        self.known: dict[tuple[str, str], list[str]] = {}
        self.steps = 0
        self.networks = {user: self._network(user) for user in PROJECTS}
        self.image = self.target.ask("demo", "GET", "glance", "/v2/images")["images"][0]["id"]

    def _network(self, user: str) -> str:
        found = self.target.ask(user, "GET", "neutron", "/v2.0/networks")["networks"]
        return str(next(net["id"] for net in found if net["tenant_id"] == self.target.projects[user]))

    # -- how a rule asks

    def call(self, user: str, method: str, service: str, path: str, body: Any = None, mv: str = "") -> None:
        """One request, judged; unless the process was killed in the middle of it."""
        headers = [("Content-Type", "application/json")] if body is not None else []
        if mv:
            headers.append(("OpenStack-API-Version", mv))
        data = json.dumps(body).encode() if body is not None else b""
        plain, _, query = path.partition("?")
        shot = Shot(user, method, service, plain, query, tuple(headers), data)
        try:
            answer = self.target.send(shot)
        except Killed:
            self.target.reopen()
            return
        judge(self.target, shot, answer, shot.text())

    def ids(self, user: str, kind: str) -> list[str]:
        table = {"servers": "nova_server", "volumes": "cinder_volume", "ports": "neutron_port",
                 "snapshots": "cinder_snapshot", "floatingips": "neutron_floatingip"}[kind]  # fmt: skip
        alive = " AND NOT deleted" if kind == "servers" else ""
        order = "number" if kind == "servers" else "n" if table.startswith("neutron") else "created_at, id"
        query = f"SELECT id FROM {table} WHERE project_id = ?{alive} ORDER BY {order}"
        return [row[0] for row in self.target.live.execute(query, [self.target.projects[user]])]

    def pick(self, user: str, kind: str, n: int) -> str | None:
        found = self.ids(user, kind)
        return found[-1 - n % len(found)] if found else None

    # -- servers

    @rule(
        user=who, how=st.sampled_from(("net", "net", "two", "port", "new", "held", "many")), n=nth, wait=waits
    )
    def create_server(self, user: str, how: str, n: int, wait: float = 0.0) -> None:
        body: Json = {"name": how, "flavorRef": "1", "imageRef": self.image}
        body["networks"] = [{"uuid": self.networks[user]}] * (2 if how == "two" else 1)
        if how == "port":
            body["networks"] = [{"port": self.pick(user, "ports", n) or "none"}]
        if how in ("new", "held"):
            device: Json = {
                "boot_index": 0,
                "destination_type": "volume",
                "delete_on_termination": n % 2 == 0,
            }
            if how == "new":
                device |= {"source_type": "image", "uuid": self.image, "volume_size": 1}
            else:
                device |= {"source_type": "volume", "uuid": self.pick(user, "volumes", n) or "none"}
            del body["imageRef"]
            body["block_device_mapping_v2"] = [device]
        if how == "many":
            body |= {"min_count": 1, "max_count": 2}
        self.call(user, "POST", "nova", "/v2.1/servers", {"server": body})
        self.pass_time(wait)

    @rule(user=who, n=nth, wait=waits)
    def delete_server(self, user: str, n: int, wait: float = 0.0) -> None:
        if server := self.pick(user, "servers", n):
            self.call(user, "DELETE", "nova", f"/v2.1/servers/{server}")
            self.pass_time(wait)

    @rule(user=who, n=nth, m=st.integers(0, 30), wait=waits)
    def act(self, user: str, n: int, m: int, wait: float) -> None:
        """What the server can do in its state."""
        if server := self.pick(user, "servers", n):
            names = LIKELY.get(self.state(server), ("os-stop",))
            choices = [action for name in names for action in BY_NAME[name]]
            self._do(user, server, choices[m % len(choices)], wait)

    @rule(user=who, n=nth, m=st.integers(0, 30), wait=waits)
    def act_and_wait(self, user: str, n: int, m: int, wait: float) -> None:
        self.act(user, n, m, wait + 4.0)

    @rule(user=who, n=nth, action=st.sampled_from(ACTIONS), wait=waits)
    def act_wildly(self, user: str, n: int, action: Json, wait: float) -> None:
        """Anything in any state."""
        if server := self.pick(user, "servers", n):
            self._do(user, server, action, wait)

    def _do(self, user: str, server: str, action: Json, wait: float) -> None:
        if "rebuild" in action:
            action = {"rebuild": {"imageRef": self.image}}
        self.call(user, "POST", "nova", f"/v2.1/servers/{server}/action", action)
        self.pass_time(wait)

    def state(self, server: str) -> str:
        self.target.cloud.run_due()
        return str(
            self.target.live.execute("SELECT vm_state FROM nova_server WHERE id = ?", [server]).fetchone()[0]
        )

    @rule(
        user=who,
        n=nth,
        flavor=st.sampled_from(("1", "2", "3")),
        end=st.sampled_from(("confirmResize", "revertResize")),
    )
    def resize_whole(self, user: str, n: int, flavor: str, end: str) -> None:
        """A resize to its end: by chance alone it would be rare."""
        if server := self.pick(user, "servers", n):
            path = f"/v2.1/servers/{server}/action"
            self.call(user, "POST", "nova", path, {"resize": {"flavorRef": flavor}})
            self.pass_time(5.0)
            self.call(user, "POST", "nova", path, {end: None})

    @rule(user=who, n=nth, wait=waits)
    def add_interface(self, user: str, n: int, wait: float) -> None:
        if server := self.pick(user, "servers", n):
            wanted: Json = {"net_id": self.networks[user]}
            if n % 2 and (port := self.pick(user, "ports", n)):
                wanted = {"port_id": port}
            path = f"/v2.1/servers/{server}/os-interface"
            self.call(user, "POST", "nova", path, {"interfaceAttachment": wanted})
            self.pass_time(wait)

    @rule(user=who, n=nth, m=nth)
    def remove_interface(self, user: str, n: int, m: int) -> None:
        server = self.pick(user, "servers", n)
        ports = self._ports_of(server) if server else []
        if ports:
            self.call(user, "DELETE", "nova", f"/v2.1/servers/{server}/os-interface/{ports[m % len(ports)]}")

    def _ports_of(self, server: str) -> list[str]:
        query = "SELECT id FROM neutron_port WHERE device_id = ? ORDER BY n"
        return [row[0] for row in self.target.live.execute(query, [server])]

    # -- volumes

    @rule(user=who, source=st.sampled_from(("", "", "image", "volume", "snapshot")), n=nth)
    def create_volume(self, user: str, source: str, n: int) -> None:
        body: Json = {"size": 1 + n % 2, "name": source or "plain"}
        if source == "image":
            body["imageRef"] = self.image
        elif source and (found := self.pick(user, f"{source}s", n)):
            body |= {"size": None, "source_volid" if source == "volume" else "snapshot_id": found}
        self.call(user, "POST", "cinder", "/v3/volumes", {"volume": body})

    @rule(user=who, n=nth, cascade=st.booleans())
    def delete_volume(self, user: str, n: int, cascade: bool) -> None:
        if volume := self.pick(user, "volumes", n):
            self.call(user, "DELETE", "cinder", f"/v3/volumes/{volume}?cascade={cascade}")

    @rule(user=who, n=nth, size=st.integers(1, 4), mv=st.sampled_from(("", "volume 3.42")))
    def extend(self, user: str, n: int, size: int, mv: str) -> None:
        if volume := self.pick(user, "volumes", n):
            self.call(
                user, "POST", "cinder", f"/v3/volumes/{volume}/action", {"os-extend": {"new_size": size}}, mv
            )

    @rule(user=who, n=nth, force=st.booleans())
    def create_snapshot(self, user: str, n: int, force: bool) -> None:
        if volume := self.pick(user, "volumes", n):
            body = {"snapshot": {"volume_id": volume, "force": force}}
            self.call(user, "POST", "cinder", "/v3/snapshots", body)

    @rule(user=who, n=nth)
    def delete_snapshot(self, user: str, n: int) -> None:
        if snapshot := self.pick(user, "snapshots", n):
            self.call(user, "DELETE", "cinder", f"/v3/snapshots/{snapshot}")

    @rule(user=who, n=nth, m=nth, ends=st.booleans(), wait=waits)
    def attach(self, user: str, n: int, m: int, ends: bool, wait: float = 0.0) -> None:
        server, volume = self.pick(user, "servers", n), self.pick(user, "volumes", m)
        if server and volume:
            body = {"volumeAttachment": {"volumeId": volume, "delete_on_termination": ends}}
            path = f"/v2.1/servers/{server}/os-volume_attachments"
            self.call(user, "POST", "nova", path, body, "compute 2.79")
            self.pass_time(wait)

    @rule(user=who, n=nth, wait=waits)
    def detach(self, user: str, n: int, wait: float) -> None:
        query = (
            "SELECT d.server_id, d.volume_id FROM nova_block_device d JOIN nova_server s ON s.id = d.server_id "
            "WHERE s.project_id = ? ORDER BY d.number"
        )
        pairs = list(self.target.live.execute(query, [self.target.projects[user]]))
        if pairs:
            server, volume = pairs[-1 - n % len(pairs)]
            self.call(user, "DELETE", "nova", f"/v2.1/servers/{server}/os-volume_attachments/{volume}")
            self.pass_time(wait)

    @rule(
        user=who,
        n=nth,
        how=st.sampled_from(("delete", "os-detach", "os-terminate_connection", "os-force_detach")),
    )
    def meddle(self, user: str, n: int, how: str) -> None:
        """Behind nova's back: cinder frees a server's volume only for nova."""
        query = (
            "SELECT a.id, a.volume_id FROM cinder_attachment a JOIN cinder_volume v ON v.id = a.volume_id "
            "WHERE v.project_id = ? ORDER BY a.created_at, a.id"
        )
        found = list(self.target.live.execute(query, [self.target.projects[user]]))
        if not found:
            return
        attachment, volume = found[-1 - n % len(found)]
        if how == "delete":
            self.call(user, "DELETE", "cinder", f"/v3/attachments/{attachment}", mv="volume 3.44")
        else:
            body = {how: {"connector": {}} if "terminate" in how else {"attachment_id": attachment}}
            self.call(user, "POST", "cinder", f"/v3/volumes/{volume}/action", body)

    # -- ports and floating IPs

    @rule(user=who)
    def create_port(self, user: str) -> None:
        body = {"port": {"network_id": self.networks[user]}}
        self.call(user, "POST", "neutron", "/v2.0/ports", body)

    @rule(user=who, n=nth)
    def delete_port(self, user: str, n: int) -> None:
        if port := self.pick(user, "ports", n):
            self.call(user, "DELETE", "neutron", f"/v2.0/ports/{port}")

    @rule(user=who, n=nth, on=st.booleans())
    def floating(self, user: str, n: int, on: bool) -> None:
        found = self.pick(user, "floatingips", n)
        if found is None or n == 0:
            public = self.target.live.execute("SELECT id FROM neutron_network WHERE external").fetchone()[0]
            body = {"floatingip": {"floating_network_id": public}}
            self.call(user, "POST", "neutron", "/v2.0/floatingips", body)
        else:
            port = self.pick(user, "ports", n) if on else None
            self.call(user, "PUT", "neutron", f"/v2.0/floatingips/{found}", {"floatingip": {"port_id": port}})

    @rule(user=who, n=nth)
    def delete_floating(self, user: str, n: int) -> None:
        if found := self.pick(user, "floatingips", n):
            self.call(user, "DELETE", "neutron", f"/v2.0/floatingips/{found}")

    # -- time and death

    @rule(seconds=st.sampled_from((0.1, 0.3, 0.5, 0.8, 1.0, 2.0, 5.0, 5.0, 20.0)))
    def pass_time(self, seconds: float) -> None:
        self.target.cloud.clock.advance(seconds)  # type: ignore[attr-defined]
        self.target.bugs.found.clear()
        self.target.cloud.run_due()
        self._no_bugs()

    def _no_bugs(self) -> None:
        for bug in self.target.bugs.found:
            raise Wrong(bug.split(": ")[0], bug)

    @rule()
    def settle(self) -> None:
        """A long while: everything under way comes to its end."""
        self.pass_time(120.0)
        invariants.settled(self.target)

    @rule()
    def killed_between(self) -> None:
        self.target.reopen()

    @rule(
        user=who,
        calls=st.integers(0, 12),
        n=nth,
        what=st.sampled_from(("create", "delete", "attach", "time")),
    )
    def killed_within(self, user: str, calls: int, n: int, what: str) -> None:
        """The process dies in the middle of a request or of a task, after so many calls between services."""
        self._die_after(calls)
        if what == "create":
            self.create_server(user, "net", n)
        elif what == "delete":
            self.delete_server(user, n)
        elif what == "attach":
            self.attach(user, n, n, False)
        else:
            try:
                self.pass_time(1.0)
            except Killed:
                self.target.reopen()
        self.target.reopen()

    def _die_after(self, calls: int) -> None:
        inner, left = self.target.cloud.dispatch, [calls]

        def dispatch(*given: Any) -> Any:
            left[0] -= 1
            if left[0] < -1:
                raise Killed
            return inner(*given)

        self.target.cloud.dispatch = dispatch  # type: ignore[method-assign]

    # -- what holds

    @invariant()
    def everything_holds(self) -> None:
        self.target.bugs.found.clear()
        self.target.cloud.run_due()
        self._no_bugs()
        invariants.check(self.target)
        self.steps += 1
        if self.steps % self.often == 0:
            for user in PROJECTS:
                invariants.quotas(self.target, user)
            self._never_back()

    def _never_back(self) -> None:
        """What was there once and is not listed now is 404, and stays away."""
        for user in PROJECTS:
            for kind in self.gone:
                now = set(self.ids(user, kind))
                if back := now & self.gone[kind]:
                    raise Wrong(f"{kind} came back", repr(back))
                gone = set(self.known.get((user, kind), ())) - now
                self.known[user, kind] = sorted(now)
                for id_ in sorted(gone):
                    self._is_gone(user, kind, id_)
                self.gone[kind] |= gone

    def _is_gone(self, user: str, kind: str, id_: str) -> None:
        service, path = {
            "servers": ("nova", "/v2.1/servers"),
            "volumes": ("cinder", "/v3/volumes"),
            "snapshots": ("cinder", "/v3/snapshots"),
            "ports": ("neutron", "/v2.0/ports"),
        }[kind]
        for name in (user, "admin"):
            answer = self.target.send(Shot(name, "GET", service, f"{path}/{id_}"))
            if answer.status != 404:
                raise Wrong(f"a deleted one of {kind} is shown", f"{answer.status} {answer.content[:200]!r}")
            listed = self.target.send(Shot(name, "GET", service, path))
            if id_.encode() in listed.content:
                raise Wrong(f"a deleted one of {kind} is listed", repr(listed.content[:300]))
