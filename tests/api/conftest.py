"""Stories about the API: each runs twice, straight into the WSGI app and over real sockets (mostly in `make long`).

A story takes the fixture `api` and asks: `api.get("nova", "/v2.1/flavors", user="demo").json()`. Every story has a
fresh cloud with a clock that stands still until `api.advance(seconds)`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from cloudlab.client import transport
from cloudlab.sim.cloud import Cloud
from tests.asking import PROJECT_OF, login_body
from tests.clouds import FreshClouds, SocketServer


class WsgiAdapter(transport.WsgiAdapter):
    """Takes a story's requests straight into the cloud, as a lesson's are taken."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, set(cloud.ports.values()))


class Api:
    """A client of one cloud. `user=None` sends no token; a token is fetched once for each user and project."""

    def __init__(self, cloud: Cloud, session: requests.Session) -> None:
        self.cloud, self.session = cloud, session
        self._tokens: dict[tuple[str, str], str] = {}

    def __call__(
        self,
        method: str,
        service: str,
        path: str,
        json: Any = None,
        user: str | None = "demo",
        project: str | None = None,
        headers: dict[str, str] | None = None,
        data: Any = None,
        token: str | None = None,
    ) -> requests.Response:
        """One request. `json` is sent as JSON, `data` as it is; `token` takes the place of the user's."""
        sent = dict(headers or {})
        if token is None and user is not None:
            token = self.token(user, project)
        if token:
            sent["X-Auth-Token"] = token
        url = self.cloud.url(service) + path
        return self.session.request(method, url, json=json, data=data, headers=sent, allow_redirects=False)

    def get(self, service: str, path: str, **how: Any) -> requests.Response:
        return self("GET", service, path, **how)

    def head(self, service: str, path: str, **how: Any) -> requests.Response:
        return self("HEAD", service, path, **how)

    def post(self, service: str, path: str, json: Any = None, **how: Any) -> requests.Response:
        return self("POST", service, path, json=json, **how)

    def put(self, service: str, path: str, json: Any = None, **how: Any) -> requests.Response:
        return self("PUT", service, path, json=json, **how)

    def patch(self, service: str, path: str, json: Any = None, **how: Any) -> requests.Response:
        return self("PATCH", service, path, json=json, **how)

    def delete(self, service: str, path: str, **how: Any) -> requests.Response:
        return self("DELETE", service, path, **how)

    def token(self, user: str = "demo", project: str | None = None) -> str:
        """A token of the user in the project (by default the one of the same name), fetched once."""
        project = project or PROJECT_OF.get(user, user)
        if (user, project) not in self._tokens:
            answer = self.login(user, project)
            assert answer.status_code == 201, answer.text
            self._tokens[user, project] = answer.headers["X-Subject-Token"]
        return self._tokens[user, project]

    def login(self, user: str, project: str | None = None, password: str = "secret") -> requests.Response:
        """POST /v3/auth/tokens by password; unscoped without a project."""
        return self.post("keystone", "/v3/auth/tokens", login_body(user, project, password), user=None)

    def user_id(self, user: str = "demo") -> str:
        return self._subject(user)["user"]["id"]

    def project_id(self, project: str = "demo", user: str = "admin") -> str:
        """The id of a project that the user (admin: of admin and demo) has a role in."""
        user = {"alt_demo": "alt_demo", "service": "nova"}.get(project, user)
        return self._subject(user, project)["project"]["id"]

    def _subject(self, user: str, project: str | None = None) -> dict[str, Any]:
        token = self.token(user, project)
        answer = self.get("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": token}, token=token)
        return answer.json()["token"]

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due by then has happened when the next request is answered."""
        self.cloud.clock.advance(seconds)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def sockets() -> Iterator[SocketServer]:
    server = SocketServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def fresh_clouds() -> FreshClouds:
    return FreshClouds()


@pytest.fixture(params=["wsgi", "socket"])
def api(request: pytest.FixtureRequest, fresh_clouds: FreshClouds) -> Iterator[Api]:
    """The cloud as a client sees it: in process, then over sockets."""
    session = requests.Session()
    session.trust_env = False  # no proxy between the story and its cloud
    if request.param == "socket":
        server: SocketServer = request.getfixturevalue("sockets")
        cloud = server.cloud = fresh_clouds.make(server.ports)
    else:
        cloud = fresh_clouds.make()
        session.mount("http://127.0.0.1:", WsgiAdapter(cloud))
    yield Api(cloud, session)
    session.close()


@pytest.fixture
def cloud_api(api: Api) -> Api:
    """The same under its longer name."""
    return api
