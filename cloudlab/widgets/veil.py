"""The veil in a kernel: over each message that a notebook may store, in the one place where all of them leave.

Not covered: pictures of dots (a plot's PNG), and what stands in a widget's fields to be typed into, which come back as
they are. JupyterLab stores widgets only when asked to ("Save Widget State Automatically").
"""

from collections.abc import Callable
from typing import Any

from cloudlab.client.veil import Veil

Content = dict[str, Any]
VIEW = "application/vnd.jupyter.widget-view+json"  # a widget's own id, not a cloud's
READ_ONLY = ("HTMLModel", "HTMLMathModel", "LabelModel")  # ipywidgets whose value only the kernel writes


def draw(shell: Any, veil: Veil) -> Veil | None:
    """Have a veil over what this kernel shows, and give the one that is there: the first stays, with its numbers.

    None where there is no Jupyter kernel: a terminal stores nothing.
    """
    session = getattr(getattr(shell, "kernel", None), "session", None)
    if session is None:
        return None
    if not isinstance(session.send, _Send):
        session.send = _Send(session.send, veil)
    return session.send.veil


class _Send:
    """In place of the `send` of the kernel's session. A message comes whole, or as its type and its content."""

    def __init__(self, send: Callable[..., Any], veil: Veil) -> None:
        self.veil = veil
        self._send, self._cover = send, Cover(veil)

    def __call__(self, stream: Any, message: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(message, str):
            content = self._cover.content(message, content)
        else:
            message = {**message, "content": self._cover.content(message["msg_type"], message["content"])}
        return self._send(stream, message, content, *args, **kwargs)


class Cover:
    """What of a message's content is shown, by the message's type."""

    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self._read_only = set[str]()  # widgets, by the id of their channel

    def content(self, kind: str, content: Any) -> Any:
        """The content with labels in it; what isn't shown stays as it is."""
        if kind in ("stream", "error", "input_request"):
            return self._veil.data(content)
        if kind in ("execute_result", "display_data", "update_display_data"):
            return {**content, "data": self._bundle(content["data"])}
        if kind == "execute_reply":
            return self._reply(content)
        if kind in ("comm_open", "comm_msg"):
            return self._widget(content)
        return content

    def _bundle(self, data: Content) -> Content:
        """Texts, JSON, SVG; a picture's or a file's base64 would only be spoilt."""
        return {mime: self._veil.data(value) if _is_text(mime) else value for mime, value in data.items()}

    def _reply(self, content: Content) -> Content:
        """JupyterLab shows and stores what the pager got (`r?`). The other payload is for the next cell."""
        covered = dict(content)
        for key in ("evalue", "traceback"):
            if key in content:
                covered[key] = self._veil.data(content[key])
        if "payload" in content:
            covered["payload"] = [self._page(one) for one in content["payload"]]
        return covered

    def _page(self, payload: Content) -> Content:
        shown = payload.get("source") == "page"
        return {**payload, "data": self._bundle(payload["data"])} if shown else payload

    def _widget(self, content: Content) -> Content:
        state = (content.get("data") or {}).get("state")
        if not isinstance(state, dict):
            return content
        if state.get("_model_name") in READ_ONLY:
            self._read_only.add(content["comm_id"])
        shown = {"_options_labels", "outputs"}  # what is chosen comes back as a number
        if content["comm_id"] in self._read_only:
            shown.add("value")
        covered = {key: self._veil.data(value) if key in shown else value for key, value in state.items()}
        return {**content, "data": {**content["data"], "state": covered}}


def _is_text(mime: str) -> bool:
    if mime == VIEW:
        return False
    return mime.startswith("text/") or mime.endswith(("json", "javascript", "xml"))
