"""Embedded clouds, quickly made, for the seat belt's tests; and such that the kit takes for real ones."""

from functools import cache
from pathlib import Path

from cloudlab import Lab
from cloudlab.client import realcloud
from cloudlab.client.realcloud import RealCloud
from cloudlab.client.transport import PUBLISHED_ACCOUNTS, Transport, around
from cloudlab.sim.clock import ManualClock
from tests.clouds import FreshClouds
from tests.unit.learner import Learner

CLOUDS = cache(FreshClouds)


def embedded() -> Transport:
    """The next cloud; the one before it is over."""
    clock = ManualClock()
    cloud = CLOUDS().make(clock=clock)
    return around(cloud, cloud.ports, clock)


def taken_for_real(ledger: Path | None = None) -> Transport:
    found = embedded()
    found.real = RealCloud("tiny", found.urls["keystone"] + "/v3", PUBLISHED_ACCOUNTS)
    found.made = ledger
    return found


def arrived(transport: Transport) -> Learner:
    """A learner with a lab of their own on it, logged in."""
    lab = Lab(transport)
    if transport.real:
        realcloud.arrive(lab._session)
    return Learner(lab=lab)


def said(lab: Lab, purpose: str) -> list[str]:
    """The calls of one purpose that change something, in a word each."""
    calls = [exchange for exchange in lab.history.by(purpose) if exchange.request.method != "GET"]
    return [f"{call.request.method} {call.url.rpartition('/')[2]} {call.status_code}" for call in calls]
