"""What goes wrong before a cloud can answer, said in one sentence with what to do."""


class LabError(Exception):
    """A real error (no cloud, no such host, no answer in time, a wrong argument). A notebook shows only its sentence.

    An answer with status 4xx or 5xx is not an error here: it is an answer, and the lesson reads it.
    """

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback, which would only show our own lines."""
        return [f"{type(self).__name__}: {self}"]


class NotJSONError(LabError, ValueError):
    """The body isn't JSON. A ValueError too, as in requests."""
