"""Where a real cloud's inside would be shown: what can't be seen from outside, and what its operators can look up."""

from typing import Any

from markupsafe import Markup

from cloudlab.client.exchange import Exchange
from cloudlab.language import _


class Unseen:
    """Says so, in text and in HTML. `request` is the exchange, or just its id."""

    def __init__(self, cloud_name: str, request_id: str, request: Any) -> None:
        self.sentences = (
            _what(cloud_name, request),
            _("Its request id is {id}.", id=request_id),
            _(
                "An operator finds every service's log lines about it by this id: services pass it on to each other "
                "as X-Openstack-Request-Id, and write it as the global request id."
            ),
            _(
                "You can see: the answer, how the resource's state changes, and (for a server) its instance actions: "
                "GET /servers/{id}/os-instance-actions."
            ),
        )

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        return str(Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in self.sentences))


def _what(cloud_name: str, request: Any) -> str:
    if not isinstance(request, Exchange):
        return _(
            "{cloud} is a real cloud: what this call caused inside can't be seen from outside.",
            cloud=cloud_name,
        )
    call = f"{request.request.method} {request.redacted().url}"
    # Translators: {call} is such as POST http://…/servers
    return _(
        "{cloud} is a real cloud: what {call} caused inside can't be seen from outside.",
        cloud=cloud_name,
        call=call,
    )
