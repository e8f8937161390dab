"""Lab: what a lesson holds in its hand. `connect()` finds the learner's cloud, or starts one and says so."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudlab.client import marks, realcloud, saves
from cloudlab.client import transport as transports
from cloudlab.client import wait as waiting
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.faults import Faults
from cloudlab.client.here import Here
from cloudlab.client.inside import Inside
from cloudlab.client.journal import Journal, request_id_of
from cloudlab.client.made import Made
from cloudlab.client.recorder import Recorder
from cloudlab.client.session import Session
from cloudlab.client.transport import Transport
from cloudlab.language import _
from cloudlab.learning import Learning
from cloudlab.lessons.predictions import Given
from cloudlab.widgets import shell
from cloudlab.widgets.bar import printer
from cloudlab.widgets.clock import ClickableClock

if TYPE_CHECKING:
    from cloudlab.client.cleanup import Listing, Removal
    from cloudlab.client.veil import Veil
    from cloudlab.lessons.checks import Report
    from cloudlab.lessons.prepare import Preparation
    from cloudlab.lessons.progress import Progress
    from cloudlab.show.map import Map
    from cloudlab.show.scene import Scene
    from cloudlab.show.sequence import Sequence
    from cloudlab.show.states import States
    from cloudlab.show.unseen import Unseen
    from cloudlab.widgets.builder import RequestBuilder
    from cloudlab.widgets.console import Console
    from cloudlab.widgets.versions import Versions

KEY_FILE = Path(__file__).parent / "lessons" / "keys" / "cloud.key.pub"
Mark = str | Iterable[str] | None


def connect() -> "Lab":
    """A Lab on the learner's cloud: the real one that OS_CLOUD or OS_AUTH_URL name, else the embedded one.

    Raises LabError with what to do.
    """
    return _arrived(transports.find())


def _arrived(transport: Transport) -> "Lab":
    """The Lab on this cloud. The veil is drawn before the first call: what goes wrong there would name the cloud."""
    for note in transport.notes:
        print(note)
    lab = Lab(transport)
    if transport.real is not None:
        lab._veil = shell.drawn_veil(lab._session, transport.real.auth_url)
        realcloud.arrive(lab._session)
        print(_(marks.NOTICE))
    shell.offer(lab._session, lab._learning.seen, lab.public_key)
    return lab


class Lab:
    """HTTP calls as they are, each shown as it crossed the wire; a token is sent once you have set `lab.token`."""

    def __init__(self, transport: Transport) -> None:
        self._session = Session(transport)
        self._inside = Inside(transport)
        self.clock = ClickableClock(self._inside, live=not transport.deterministic)
        self.faults = Faults(self._inside, self._session)
        self._learning = Learning(self._session)
        self._made = Made(self._session, lambda: self._learning.lesson)
        self._scene: Scene | None = None  # what the last map showed
        self._veil: Veil | None = None  # over what is shown of a real cloud

    # Calls. Arguments are those of requests; `mark` points at a header, a JSON path or the status code.

    def get(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """GET: read something. Takes what `requests.get` takes."""
        return self._call("GET", url, mark, kwargs)

    def post(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """POST: make something, or have something done."""
        return self._call("POST", url, mark, kwargs)

    def put(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """PUT: put something in its place."""
        return self._call("PUT", url, mark, kwargs)

    def patch(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """PATCH: change a part of something."""
        return self._call("PATCH", url, mark, kwargs)

    def delete(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """DELETE: remove something."""
        return self._call("DELETE", url, mark, kwargs)

    def head(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """HEAD: GET without the body."""
        return self._call("HEAD", url, mark, kwargs)

    def options(self, url: str, *, mark: Mark = None, **kwargs: Any) -> Exchange:
        """OPTIONS: which methods a URL has."""
        return self._call("OPTIONS", url, mark, kwargs)

    def _call(self, method: str, url: str, mark: Mark, kwargs: dict[str, Any]) -> Exchange:
        return self._learning.seen(self._session.request(method, url, mark=mark, **kwargs))

    # Who you are, and where things are.

    @property
    def token(self) -> str | None:
        """The token that later calls send as X-Auth-Token; None sends none. `headers=` of a call goes first."""
        return self._session.token

    @token.setter
    def token(self, value: str | None) -> None:
        if value is not None and (not isinstance(value, str) or not value or value != value.strip()):
            raise LabError(_('lab.token takes a token\'s text: lab.token = r.headers["X-Subject-Token"]'))
        self._session.token = value

    @property
    def urls(self) -> dict[str, str]:
        """Each service's root by its name: `lab.urls["keystone"]`. Everything else is in the catalog."""
        return dict(self._session.transport.urls)

    @property
    def catalog(self) -> list[dict[str, Any]] | None:
        """The service catalog that came with your token (or with the last answer that carried one); None before."""
        return self._session.catalog

    def endpoint(self, service: str, interface: str | None = None, region: str | None = None) -> str:
        """A service's URL from the catalog, by type ("compute") or name ("nova"); no slash at the end.

        `interface` is "public" and the region any, unless the settings for your real cloud say otherwise.
        """
        return self._session.endpoint(service, interface, region)

    @property
    def here(self) -> Here:
        """What clouds call differently: your `identity` and `scope`, `image`, `flavor`, `flavor_id`, `networks`."""
        return self._session.here

    @property
    def public_key(self) -> str:
        """The public half of the key pair that the kit ships: one line, as `cloud.key.pub` holds it."""
        return KEY_FILE.read_text("ascii").strip()

    @property
    def cloud_name(self) -> str:
        """Which cloud this is."""
        return self._session.transport.cloud_name

    @property
    def history(self) -> Recorder:
        """Every exchange so far, in order and without secrets."""
        return self._session.recorder

    # The inside of the embedded cloud. A real cloud does not show it, and says so.

    @property
    def journal(self) -> Journal:
        """Every exchange and message inside the cloud, whoever caused them (a curl in a terminal, too).

        A table; `by_request` and `by_resource` give parts of it, `save` writes a HAR file.
        """
        return Journal(self._inside, self._session.redactor)

    def inside(self, request: Any = None, *, full: bool = False) -> "Sequence | Unseen":
        """What one call caused inside the cloud, drawn from what really happened; `full` unfolds all of it.

        `request`: an exchange (else your last one), or a request id of anybody's call. A real cloud doesn't let you see
        that: there you get the request ids by which its operators can.
        """
        from cloudlab.show.sequence import Sequence
        from cloudlab.show.unseen import Unseen

        chosen = self.history.by("learner")[-1:] if request is None else [request]
        if not chosen:
            raise LabError(_("Make a call first: lab.inside() shows what your last one caused."))
        request_id = request_id_of(chosen[0])
        if not self._inside.is_open:
            return Unseen(self.cloud_name, request_id, chosen[0])
        arrows = self.journal.by_request(request_id).arrows
        if not arrows:
            raise LabError(
                _(
                    "The journal doesn't hold {request_id}: it keeps the latest few thousand arrows.",
                    request_id=request_id,
                )
            )
        mine = any(request_id in exchange.headers.values() for exchange in self.history)
        return Sequence(arrows, you=mine, full=full)

    # Helpers. Each of their calls is a real one and is in the history.

    def wait(
        self,
        target: Any,
        until: str = "ACTIVE",
        *,
        timeout: float = 300,
        every: float = 1.0,
        mark: Mark = None,
    ) -> Exchange:
        """GET a resource until its status is `until` (`"gone"`: until it is 404), printing each poll.

        `target` is an exchange, a resource with links, or a URL. Ends on an error with the fault, and after `timeout`
        seconds. Returns the last exchange, whatever it says.
        """
        url = waiting.resource_url(target)
        say = printer(live=not self._session.transport.deterministic)
        return self._learning.seen(waiting.wait(self._session, url, until, timeout, every, say, mark))

    def table(self, exchange: Any, columns: list[str] | None = None) -> Any:
        """The list in an exchange's body as a pandas DataFrame (a plain table where pandas is missing).

        `columns` picks and orders: keys, or dotted paths (`"flavor.id"`). Without it: every key with a plain value.
        """
        from cloudlab.show.table import Table, pick, plain_columns, rows_of

        rows = rows_of(exchange.json() if isinstance(exchange, Exchange) else exchange)
        names = columns or plain_columns(rows)
        cells = [[pick(row, name) for name in names] for row in rows]
        try:
            import pandas
        except ImportError:
            return Table(names, cells)
        return pandas.DataFrame(cells, columns=names)

    def map(self) -> "Map":
        """A picture of what exists in your project now; what has changed since the last one lights up.

        Asked by ordinary calls with your token. `.text()`, `.svg()`, `.mermaid()` give it as strings. Raises LabError.
        """
        from cloudlab.client.gather import gather
        from cloudlab.show.map import Map

        before, self._scene = self._scene, gather(self._session)
        return Map(self._scene, before)

    def states(self, resource: Any, *, full: bool = False) -> "States":
        """A picture of a server's, volume's or snapshot's states: its road so far, and where it can go from here.

        `resource` is an exchange, a resource, or a URL. `full` draws the whole machine. On a real cloud only the
        present state can be seen. `.text()`, `.svg()`, `.mermaid()` give it as strings. Raises LabError.
        """
        from cloudlab.client import life

        return life.states(self._session, self._inside, resource, full)

    # Things to click, and two versions of one answer.

    def request_builder(self) -> "RequestBuilder":
        """A request to click together: method, service, path, headers, and a form for the body; sent as your call."""
        from cloudlab.widgets.builder import RequestBuilder

        live = not self._session.transport.deterministic
        return RequestBuilder(self._session, self._learning.judged, live)

    def console(self) -> "Console":
        """A small web console: servers, volumes, key pairs. Each click shows the calls that it made, as your own."""
        from cloudlab.widgets.console import Console

        return Console(self._session, self._learning.judged, self.public_key)

    def versions(self, url: str, a: str, b: str) -> "Versions":
        """The same GET in two microversions ("2.1", "2.47"): what came (+), went (-) and changed (~) in the answer.

        `.a` and `.b` are the exchanges, `.changes` what differs. Nova, cinder and placement have them. Raises LabError.
        """
        from cloudlab.widgets.versions import Versions

        return Versions(self._session, url, a, b)

    # Learning: said before a call, done by yourself, from memory.

    def start(self, lesson: str) -> "Preparation":
        """Prepare a lesson (`"05-server"`): make what earlier ones would have made, by ordinary calls, and say so."""
        return self._learning.start(lesson)

    def predict(self, **given: Given) -> Any:
        """Say what you expect of the next call: `status=`, `header=`, `field=`, `state=`; the exchange then decides.

        `...` in place of a value asks you: `lab.predict(status=...)`. Raises LabError.
        """
        return self._learning.predict(**given)

    def check(self, name: str = "", *unnamed: Any, **answers: Any) -> "Report":
        """Grade an exercise (`"05-server.make"`) by the wire and by the cloud's state. Some take answers by name.

        What you have answered once is remembered, until you answer otherwise. Raises LabError.
        """
        return self._learning.check(name, unnamed, answers)

    def drill(self, number: int) -> Any:
        """Have an incident happen (lesson 10): the kit makes ordinary calls, and something is wrong."""
        return self._learning.drill(number)

    def recall(self, *answers: str) -> Any:
        """Three questions from memory, on this lesson and earlier ones: click, or `lab.recall("a", "c", "b")`."""
        return self._learning.recall(answers)

    def progress(self) -> "Progress":
        """How far you are, as a picture of the path. `.save(name)` writes it to a file. Nothing leaves your machine."""
        return self._learning.progress()

    # The embedded cloud's whole state, as a file beside the notebook.

    def save(self, name: str, *, replace: bool = False) -> None:
        """Save the cloud as it is now in `<name>.cloud`: download it, keep it, hand it to a classmate.

        The file holds everything in the cloud, its tokens and key pairs included. The embedded cloud's passwords are
        published anyway; never put a real secret in it. Raises LabError.
        """
        print(saves.save(self._inside.order, name, replace))

    def restore(self, name: str | Path) -> None:
        """Have the cloud as it was when it was saved, its time included; what is there now is lost.

        From there it goes on as it did then. Its clock may be behind yours afterwards: a tool that looks at your own
        watch may take a token for ended. `python -m cloudlab reset` brings the real time back. Raises LabError.
        """
        for line in saves.restore(self._inside.order, name, self.token):
            print(line)

    def diff(self, a: str | Path, b: str | Path | None = None) -> Any:
        """What differs from the saved cloud `a` to `b`, or to now: + came, - went, ~ changed, with its fields.

        Secrets aren't shown. Raises LabError.
        """
        return saves.diff(self._inside.order, a, b, self._session.redactor)

    def show_ids(self) -> None:
        """Show a real cloud's ids, addresses and hosts from now on, in what is stored in the notebook, too."""
        if self._veil is None:
            print(_("Nothing is hidden here: ids and addresses are shown as they are."))
        else:
            self._veil.is_open = True
            print(_("From now on ids, addresses and hosts are shown, and stored with the outputs."))

    # What was made, and away with it.

    def cleanup(self, *, yes: bool = False, everyone: bool = False) -> "Listing | Removal":
        """List what was made with this kit in your project; with `yes=True`, remove exactly that, newest first.

        `everyone=True` includes what carries the kit's mark and was made on another machine, or by a classmate. What
        can't be removed stays listed, with the reason: run it again. Raises LabError.
        """
        from cloudlab.client import cleanup

        ledger = self._made.ledger
        if not yes:
            return cleanup.listing(self._session, ledger)
        say = printer(live=not self._session.transport.deterministic)
        return cleanup.remove(self._session, ledger, everyone, say)

    def close(self) -> None:
        """Let go of the cloud (one in this process ends)."""
        self._session.transport.close()

    def __repr__(self) -> str:
        transport = self._session.transport
        cloud, where, url = transport.cloud_name, transport.where, transport.urls.get("keystone")
        if self.token:
            return _(
                "<Lab on {cloud} ({where}), keystone {url}, token set>", cloud=cloud, where=where, url=url
            )
        return _("<Lab on {cloud} ({where}), keystone {url}, no token>", cloud=cloud, where=where, url=url)
