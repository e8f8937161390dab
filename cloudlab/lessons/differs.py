"""What a lesson meets on a real cloud that it doesn't on the embedded one, found by looking, and said beforehand."""

from cloudlab.language import _
from cloudlab.lessons.prepare import Desk, Step


def names(desk: Desk) -> None:
    """What was chosen for the lesson's servers."""
    here = desk.session.here
    told = _(
        "On this cloud servers are made from the image {image}, with the flavor {flavor}.",
        image=here.image,
        flavor=here.flavor,
    )
    if here.networks:
        told += " " + _("Your project has several networks, so lab.here.networks names one.")
    desk.done.append(told)


def old_keystone(desk: Desk) -> None:
    """Keystone v2.0 was removed from OpenStack in 2018 (release Queens)."""
    url = desk.session.transport.urls["keystone"] + "/v2.0"
    if desk.session.request("GET", url, purpose="prepare").status_code == 404:
        desk.done.append(_("This cloud has no Keystone v2.0 any more: the talk's login gets a 404."))


def image_proxy(desk: Desk) -> None:
    """A cloud may have closed it."""
    answer = desk.call("GET", "compute", "/images")
    if not answer.ok:
        status = answer.status_code
        desk.done.append(
            _("This cloud's Nova passes no questions on to Glance: it answers {status}.", status=status)
        )


DIFFERS: dict[str, tuple[Step, ...]] = {
    "01-token": (old_keystone,),
    "02-flavors": (names,),
    "03-images": (names, image_proxy),
    "05-server": (names,),
    "06-volume": (names,),
    "07-attach": (names,),
    "08-inside": (names,),
    "10-capstone": (names,),
}
