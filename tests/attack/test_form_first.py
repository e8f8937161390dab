"""What a body must look like is said before who may send it, and before whether the thing is there.

In nova, cinder and keystone a published schema stands before the method, so a wrong body is everybody's 400, for a
reader and for an id that nobody has. The outside judges know each row's schema; here each row is sent what none takes.
"""

import json
import re

import pytest

from tests.attack.target import Shot, Target
from tests.outside import bodies
from tests.outside.asked import TABLES
from tests.outside.tap import Exchange

MOUNTS = {"nova": "/v2.1", "cinder": "/v3", "keystone": ""}
VERSIONS = {
    "nova": ("compute 2.1", "compute 2.96"),
    "cinder": ("volume 3.0", "volume 3.71"),
    "keystone": ("",),
}
NOBODY = "deadbeefdead4eef8eaddeadbeefdead"
ROWS = [(service, key) for service, table in TABLES.items() for key in table]


def wrong_body(action: str) -> str:
    return json.dumps({action: ["no such thing"]} if action else {"nonsense": ["no such thing"]})


@pytest.mark.parametrize(("service", "key"), ROWS, ids=[f"{service} {key}" for service, key in ROWS])
def test_the_form_is_said_first(target: Target, service: str, key: str) -> None:
    """The judges listen: they complain when the schema refuses a body and the answer is anything but that refusal."""
    method, template, *action = key.split(" ")
    path = MOUNTS[service] + re.sub(r"\{[^}]*\}", NOBODY, template)
    body = wrong_body(action[0] if action else "").encode()
    target.fresh()
    for version in VERSIONS[service]:
        headers = (("Content-Type", "application/json"), ("OpenStack-API-Version", version))
        for user in ("demo_reader", "admin"):
            target.send(Shot(user, method, service, path, headers=headers, body=body))


def test_a_row_that_looks_elsewhere_first_would_be_found() -> None:
    """A specimen: 403 to a body that the schema of flavors refuses."""
    sent = {"content-type": "application/json", "openstack-api-version": "compute 2.96"}
    first = Exchange("nova", "POST", "/v2.1/flavors", "", sent, wrong_body(""), 403, {}, "{}")
    assert bodies.complaints(first)
