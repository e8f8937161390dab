"""`lab.drill(2)`: makes an incident by ordinary calls, and tells what a colleague would. The wire is the witness.

How a drill is judged is in drill_checks.py, by the facts that it leaves: ids by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.needs import lacking
from cloudlab.client.session import Session
from cloudlab.language import N_, _
from cloudlab.lessons.prepare import Desk, ensure_their_server, log_in

Facts = dict[str, str]
SERVERS = ("Needed", "Forgotten-1", "Forgotten-2", "Unlucky", "Night-1", "Night-2", "Mine", "Versioned")
# No host has such a disk.
ENDLESS = {"id": "roomy", "name": "roomy", "vcpus": 1, "ram": 512, "disk": 2_000_000}
XLARGE = "5"
WHICH = ("drill-5", "drill-6")  # those that ask which server it is


@dataclass(frozen=True)
class Drill:
    """What a colleague reports, and what `lab.check` needs to know. `since` is the last exchange before it."""

    name: str
    report: str
    since: int
    facts: Facts
    possible: bool = True  # on this cloud; else the report says why not

    @property
    def ids(self) -> list[str]:
        """Those of the things that the report is about."""
        return sorted(self.facts.values())

    def _lines(self) -> tuple[str, str, str]:
        title = _("Drill {number}", number=self.name.removeprefix("drill-"))
        check = f'lab.check("10-capstone.{self.name}"'
        if not self.possible:
            return title, self.report, ""
        if self.name in WHICH:
            # Translators: {call} is the check's: lab.check("10-capstone.drill-5", server="…")
            how = _("Find out which, and give its id: {call}.", call=f'{check}, server="…")')
        else:
            # Translators: {call} is the check's: lab.check("10-capstone.drill-1")
            how = _("Find out and mend it; then {call}.", call=f"{check})")
        return title, self.report, how

    def __repr__(self) -> str:
        return "\n  ".join(filter(None, self._lines()))

    def _repr_html_(self) -> str:
        title, *said = filter(None, self._lines())
        told = Markup("").join(Markup("<p>{}</p>").format(line) for line in said)
        return str(Markup("<p><b>{}</b></p>").format(title) + told)


class Stage(Desk):
    """A desk that can also act as the administrator."""

    def as_admin(self, method: str, url: str, **body: Any) -> Exchange:
        """One call with an administrator's token.

        `{project}` in the URL is the administrator's own: Cinder wants the token's project there, whosever the volume.
        """
        login = self.other("admin")
        url = url.replace("{project}", login.json()["token"]["project"]["id"])
        how: dict[str, Any] = {"headers": {"X-Auth-Token": login.headers["X-Subject-Token"]}}
        if body:
            how["json"] = body
        return self.session.request(method, url, purpose="prepare", **how)

    def server(self, name: str, flavor: str = "") -> str:
        """A new server's id, once it is ACTIVE or has failed."""
        made = self.create_server(name, flavor)
        self.until("compute", f"/servers/{made}", "ACTIVE")
        return made

    def clear(self, *names: str) -> None:
        """Delete servers that drills have left behind, and wait until they are gone: the quota has room again."""
        # Translators: as in "The preparation could not list servers"
        listed = self.need(self.call("GET", "compute", "/servers"), _("list servers"))["servers"]
        ids = [server["id"] for server in listed if server["name"] in names]
        for id in ids:
            # Translators: as in "The preparation could not delete a server"
            self.must(self.call("DELETE", "compute", f"/servers/{id}"), _("delete a server"))
        for id in ids:
            self.until("compute", f"/servers/{id}", "gone")

    def endless_flavor(self) -> None:
        flavors = self.session.endpoint("compute") + "/flavors"
        if self.as_admin("GET", f"{flavors}/roomy").status_code == 404:
            # Translators: as in "The preparation could not make a flavor"
            self.must(self.as_admin("POST", flavors, flavor=ENDLESS), _("make a flavor"))


def expired_token(stage: Stage) -> Facts:
    log_in(stage)  # one that Nova hasn't seen: a token that it knows would be good for some minutes more
    token = str(stage.session.token)
    url = stage.session.transport.urls["keystone"] + "/v3/auth/tokens"
    answer = stage.session.request("DELETE", url, headers={"X-Subject-Token": token}, purpose="prepare")
    # Translators: as in "The preparation could not end the token"
    stage.must(answer, _("end the token"))
    return {"token": stage.session.redactor.token(token)}


def quota(stage: Stage) -> Facts:
    return {name: stage.server(name, XLARGE) for name in ("Forgotten-1", "Forgotten-2")}


def no_valid_host(stage: Stage) -> Facts:
    stage.endless_flavor()
    return {"Unlucky": stage.server("Unlucky", "roomy")}


def stuck_volume(stage: Stage) -> Facts:
    """Stuck as when the volume service died in the middle: it has a host, so it isn't simply struck off the list."""
    volumes = stage.session.transport.urls["cinder"] + "/v3/{project}/volumes"
    body = {"volume": {"name": "Stuck", "size": 1}}
    answer = stage.call("POST", "block-storage", "/volumes", json=body)
    # Translators: as in "The preparation could not make a volume"
    made = stage.need(answer, _("make a volume"))["volume"]
    stage.until("block-storage", f"/volumes/{made['id']}", "available")
    reset = {"os-reset_status": {"status": "creating"}}
    # Translators: as in "The preparation could not have it stuck": a volume in the state creating
    stage.must(stage.as_admin("POST", f"{volumes}/{made['id']}/action", **reset), _("have it stuck"))
    return {"Stuck": made["id"]}


def false_success(stage: Stage) -> Facts:
    stage.endless_flavor()
    return {"Night-1": stage.server("Night-1"), "Night-2": stage.server("Night-2", "roomy")}


def foreign_id(stage: Stage) -> Facts:
    ensure_their_server(stage)
    servers = stage.session.endpoint("compute") + "/servers"
    # Translators: as in "The preparation could not find it": another user's server
    listed = stage.need(stage.as_admin("GET", f"{servers}?all_tenants=1&name=TheirServer"), _("find it"))
    theirs = listed["servers"][0]["id"]
    gone = stage.server("Short-lived")
    stage.clear("Short-lived")
    return {"mine": stage.server("Mine"), "theirs": theirs, "gone": gone}


def microversion(stage: Stage) -> Facts:
    size = {"imageRef": stage.image(), "flavorRef": stage.session.here.flavor_id}
    body = {"server": {"name": "Versioned", **size}}
    asked = {"OpenStack-API-Version": "compute 2.37"}
    stage.call("POST", "compute", "/servers", json=body, headers=asked)  # the last call: lab.history[-1]
    return {}


# name → what happens, what a colleague reports, and what a cloud has to give for it. The name tells nothing.
DRILLS: dict[str, tuple[Callable[[Stage], Facts], str, str]] = {
    "drill-1": (expired_token, N_("Since a minute ago the list of servers can't be had. Get it."), ""),
    "drill-2": (
        quota,
        N_(
            "A server named Needed, of flavor m1.xlarge, is wanted, and Nova refuses it. Two servers, Forgotten-1 "
            "and Forgotten-2, are used by nobody. Get Needed to ACTIVE."
        ),
        "sandbox",
    ),
    "drill-3": (
        no_valid_host,
        N_(
            "The server Unlucky was accepted with 202, and nobody can log in to it. Read why, and put a server of "
            "the same name in its place that is ACTIVE."
        ),
        "sandbox",
    ),
    "drill-4": (
        stuck_volume,
        N_(
            "The volume Stuck stays creating, however long one waits. Get rid of it, and make another one of that "
            "name that is available."
        ),
        "sandbox",
    ),
    "drill-5": (
        false_success,
        N_(
            'A program made two servers in the night, got 202 twice, and reported "all done". One of them isn\'t.'
        ),
        "sandbox",
    ),
    "drill-6": (
        foreign_id,
        N_("Three ids were found in an old note: {ids}. One of them is a server of yours."),
        "sandbox",
    ),
    "drill-7": (
        microversion,
        N_(
            "A newer program asks Nova with microversion 2.37, and its POST /servers is refused. That was the last "
            "call: lab.history[-1] shows it, until you make another one. Make a server named Versioned at that "
            "microversion, ACTIVE."
        ),
        "",
    ),
}


def begin(session: Session, number: int) -> Drill:
    """Set the scene. Raises LabError for an unknown drill, and where it can't be done."""
    name = f"drill-{number}"
    if name not in DRILLS:
        told = _(
            "There is no drill {number!r}. There are the drills 1 to {last}.", number=number, last=len(DRILLS)
        )
        raise LabError(told)
    act, report, needs = DRILLS[name]
    missing = lacking(session.transport, needs) if needs else ""
    if missing:
        return Drill(name, missing, session.recorder.count, {}, possible=False)
    stage = Stage(session, [])
    log_in(stage)
    if session.transport.real is None:  # elsewhere a server of that name may be somebody's own
        stage.clear(*SERVERS)
    facts = act(stage)
    told = _(report, ids=", ".join(sorted(facts.values())))
    return Drill(name, told, session.recorder.count, facts)
