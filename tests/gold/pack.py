"""Pack a folder of raw recordings into the compact story files that the replay reads.

Run by hand, once, when recordings change (never by a test: an expectation doesn't write itself)::

    python -m tests.gold.pack FOLDER_OF_RECORDINGS

A story file is JSON with one step a line, so that a change of one recording is a change of one line. Kept is what
comparing needs; connection headers, lengths, elapsed times and the pretty-printed copies of bodies are dropped.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cloudlab.compare.ids import path_form

STORIES = ("keystone", "glance", "cinder", "neutron", "placement", "nova_v2", "nova_v21", "nova_v21_296")
REQUEST_NOISE = {"user-agent", "accept-encoding", "connection", "content-length"}
ANSWER_NOISE = {"connection", "content-length", "date", "server"}
HERE = Path(__file__).parent


def kept(headers: dict[str, str], noise: set[str]) -> dict[str, str]:
    """Headers without those that say nothing about the API, lower-cased (HTTP names have no case)."""
    return {name.lower(): value for name, value in headers.items() if name.lower() not in noise}


def request_body(recording: dict[str, Any]) -> str | None:
    """The request's body as it was sent. The recorder noted uploads only as ``<N bytes>``: that is kept as it is."""
    raw, parsed = recording["request_body_raw"], recording["request_body"]
    if raw is None and isinstance(parsed, str):
        return parsed
    return raw


def pack_step(stem: str, recording: dict[str, Any]) -> dict[str, Any]:
    """One exchange, or one list of states (``*_STATES``), without what comparing doesn't need."""
    if "states" in recording:
        return {
            "step": stem,
            "url": recording["url"],
            "states": [entry["state"] for entry in recording["states"]],
        }
    step: dict[str, Any] = {
        "step": stem,
        "method": recording["method"],
        "url": recording["url"],
        "headers": kept(recording["request_headers"], REQUEST_NOISE),
        "body": request_body(recording),
        "status": recording["status"],
        "answer_headers": kept(recording["response_headers"], ANSWER_NOISE),
        "answer": recording["response_body"],
        "at": recording["recorded_at"],
    }
    if recording.get("note"):
        step["note"] = recording["note"]
    return step


def pack_story(folder: Path) -> str:
    """The story file's text for a folder of numbered recordings."""
    steps = [
        pack_step(path.stem, json.loads(path.read_text())) for path in sorted(folder.glob("[0-9]*.json"))
    ]
    lines = ",\n".join(json.dumps(step, ensure_ascii=False, separators=(",", ":")) for step in steps)
    return f'{{"story":"{folder.name}","steps":[\n{lines}\n]}}\n'


def pack_call(call: dict[str, Any], first: str) -> dict[str, Any]:
    """One exchange between services. `first` is the request id of the call that began it all."""
    headers = {name.lower(): value for name, value in call["request_headers"].items()}
    sent = headers.get("x-openstack-request-id")
    return {
        "kind": "http",
        "from": "client" if "record.py" in call["from"] else call["from"],
        "to": call["to"],
        "name": f"{call['method']} {path_form(call['path'])}",
        "status": call["status"],
        "agent": call["user_agent"],
        "version": headers.get("openstack-api-version") or headers.get("x-openstack-nova-api-version") or "",
        "token": whose(headers.get("x-auth-token")),
        "vouching": whose(headers.get("x-service-token")),
        "connected": "" if not sent else "first" if sent == first else "other",
    }


def whose(token: str | None) -> str:
    """The user of a token's symbol: TOKEN-012-demo@demo is demo's."""
    return token.split("-", 2)[2].split("@")[0] if token else ""


def pack_message(message: dict[str, Any], first: str) -> dict[str, Any]:
    """One message. A reply has no name."""
    return {
        "kind": message["type"].lower(),
        "from": message["from"],
        "to": message["to"],
        "name": message["method"] or "",
        "connected": "first" if message["request_id"] == first else "other",
    }


def pack_east_west(recordings: Path) -> dict[str, list[Any]]:
    """The exchanges and messages behind one call, in order, by operation."""
    operations = {}
    for path in sorted(recordings.glob("east_west_*_with_rpc.json")):
        name = path.stem.removeprefix("east_west_").removesuffix("_with_rpc")
        told = json.loads(path.read_text())
        calls = json.loads((recordings / "east_west_full" / f"{name}.json").read_text())
        first = calls[0]["response_headers"]["x-openstack-request-id"]
        rows = [(call["t"] - told["t0"], pack_call(call, first)) for call in calls]
        rows += [(message["t"], pack_message(message, first)) for message in told["rpc"]]
        operations[name] = [row for _, row in sorted(rows, key=lambda row: row[0])]
    return operations


def main(recordings: Path) -> None:
    """Write every story, EAST_WEST.json and INITIAL.json beside this file."""
    target = HERE / "stories"
    target.mkdir(exist_ok=True)
    for story in STORIES:
        (target / f"{story}.json").write_text(pack_story(recordings / story))
    initial = json.loads((recordings / "INITIAL.json").read_text())
    operations = [
        f"{json.dumps(name)}:[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for name, rows in pack_east_west(recordings).items()
    ]
    (target / "EAST_WEST.json").write_text("{\n" + ",\n".join(operations) + "\n}\n")
    (target / "INITIAL.json").write_text(json.dumps(initial, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
