"""A learner's browser as far as Jupyter's server sees it: contents, sessions, kernels and terminals, by token."""

import json
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import requests
import websocket
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\].*?(\x07|\x1b\\))")
PATIENCE = 60  # seconds without a word from a kernel or a terminal


@dataclass
class Ran:
    """What a cell did. `outputs` are as a notebook stores them."""

    status: str = "unknown"
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return shown(self.outputs)


def shown(outputs: list[dict[str, Any]]) -> str:
    """The plain text of outputs, stored ones or live."""
    return "".join(_plain(output) for output in outputs)


def _plain(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    said = output["text"] if output["output_type"] == "stream" else output["data"].get("text/plain", "")
    return said if isinstance(said, str) else "".join(said)


class Jupyter:
    """A server at http://127.0.0.1:port/base/."""

    def __init__(self, port: int, base: str, token: str) -> None:
        self.address = f"127.0.0.1:{port}{base}"
        self._token = {"Authorization": f"token {token}"}
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update(self._token)

    def wait(self) -> None:
        """Until the server answers. Raises requests' error when it doesn't within about a minute."""
        patient = Retry(total=1000, backoff_factor=0.05, backoff_max=0.05)
        self.http.mount("http://", HTTPAdapter(max_retries=patient))
        assert self.http.get(f"http://{self.address}api/status", timeout=60).ok
        self.http.mount("http://", HTTPAdapter())

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(f"http://{self.address}{path}", timeout=60, **options)

    def lesson(self, path: str) -> dict[str, Any]:
        """A notebook's JSON as JupyterLab gets it: with `trusted` in the metadata of each code cell."""
        answer = self.get(f"api/contents/{path}", params={"content": 1})
        answer.raise_for_status()
        return answer.json()["content"]

    def open(self, path: str) -> "Kernel":
        """A session for a notebook: the server starts its kernel in the notebook's folder."""
        asked = {"path": path, "type": "notebook", "name": path, "kernel": {"name": "python3"}}
        answer = self.http.post(f"http://{self.address}api/sessions", json=asked, timeout=60)
        answer.raise_for_status()
        return Kernel(self._socket(f"api/kernels/{answer.json()['kernel']['id']}/channels"))

    def type(self, line: str, last: str) -> str:
        """What a new terminal shows for a line, up to the word `last` (which the line itself must not hold)."""
        answer = self.http.post(f"http://{self.address}api/terminals", timeout=60)
        answer.raise_for_status()
        name = answer.json()["name"]
        with closing(self._socket(f"terminals/websocket/{name}")) as terminal:
            terminal.send(json.dumps(["stdin", line + "\r"]))
            screen = ""
            while last not in screen:
                kind, *rest = json.loads(terminal.recv())
                screen += rest[0] if kind == "stdout" else ""
        self.http.delete(f"http://{self.address}api/terminals/{name}", timeout=60)
        return ESCAPES.sub("", screen).replace("\r", "")

    def _socket(self, path: str) -> websocket.WebSocket:
        return websocket.create_connection(
            f"ws://{self.address}{path}", header=self._token, timeout=PATIENCE, http_no_proxy=["127.0.0.1"]
        )


class Kernel:
    """A notebook's kernel, through the server."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._number = 0

    def run(self, source: str) -> Ran:
        """Run one cell and wait for its answer and for the kernel to be idle again."""
        self._number += 1
        request = f"cell-{self._number}"
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        header = {"msg_id": request, "msg_type": "execute_request", "session": "test", "username": "learner"}
        message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}}
        self._socket.send(json.dumps(message | {"channel": "shell", "content": content}))
        ran, idle = Ran(), False
        while not (idle and ran.status != "unknown"):
            heard = json.loads(self._socket.recv())
            if heard["parent_header"].get("msg_id") == request:
                idle = self._take(ran, heard["msg_type"], heard["content"]) or idle
        return ran

    def close(self) -> None:
        self._socket.close()

    @staticmethod
    def _take(ran: Ran, kind: str, content: dict[str, Any]) -> bool:
        """Keep what a message says. True when it says that the kernel is idle."""
        if kind == "execute_reply":
            ran.status = content["status"]
        elif kind in ("stream", "display_data", "execute_result", "error"):
            ran.outputs.append({"output_type": kind, **content})
        return kind == "status" and content["execution_state"] == "idle"
