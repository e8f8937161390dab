"""170 lines of the `openstack` command that a real OpenStack 2025.2 was given, too: each ends here as it ended there.

`network_seen.json` holds one line a row: user, words, exit code, parsed output, what it said on stderr; recorded with
the same clients from the cloud that tests/gold describes (fake drivers, no agents), with ids, times, MACs and hosts
made plain. The lines are one story, so the first difference is the one to look at.
"""

import json
import re
from pathlib import Path
from typing import Any

from tests.clients import shell
from tests.clients.conftest import options

SEEN = Path(__file__).with_name("network_seen.json")
PLAIN = (
    (r"127.0.0.1:\d+", "HOST"),
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"),
    (r"\b[0-9a-f]{32}\b", "PROJ"),
    (r"20\d\d-\d\d-\d\dT[0-9:]+Z", "TIME"),
    (r"fa:16:3e(:..){3}", "MAC"),
    (r'"standard_attr_id": \d+', '"standard_attr_id": 0'),
)
# Outputs that differ, and why.
EXCUSED = {
    "port create --network n --device-owner network:router_interface p9": "addresses are chosen at random there",
    "floating ip show 172.24.4.55": "no agent there made it ACTIVE",
    "default security group rule list": "their order is that of random ids there",
}


def plain(text: str) -> str:
    for pattern, word in PLAIN:
        text = re.sub(pattern, word, text)
    return text


def said(data: Any) -> Any:
    return None if data is None else json.loads(plain(json.dumps(data)))


def test_each_line_ends_as_on_the_real_cloud(auth_url: str) -> None:
    different = {}
    for user, words, code, data, err in json.loads(SEEN.read_text("utf-8")):
        outcome = shell.run_for_json(options(auth_url, user), *words.split())
        ours = (outcome.code, said(outcome.data), plain(outcome.err.strip()))
        if ours != (code, said(data), err) and not (words in EXCUSED and ours[::2] == (code, err)):
            different[words] = ((code, data, err), ours)
    assert different == {}
