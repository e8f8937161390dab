"""A state file from before RBAC policies: its networks stay shared and external, and its groups are made as before."""

from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import Cloud, create_cloud
from tests.api.conftest import Api, WsgiAdapter
from tests.older import AS_SCHEMA_1


def api_of(cloud: Cloud) -> Any:
    session = requests.Session()
    session.mount("http://127.0.0.1:", WsgiAdapter(cloud))
    return Api(cloud, session)


def test_shared_becomes_a_policy(tmp_path: Path) -> None:
    file = tmp_path / "cloud.db"
    first = create_cloud(clock=ManualClock(), database=str(file))
    with first.store.transaction() as session:
        for statement in AS_SCHEMA_1:
            session.execute(text(statement))
    first.close()
    cloud = create_cloud(clock=ManualClock(), database=str(file))
    api = api_of(cloud)
    rows = api.get("neutron", "/v2.0/networks", user="alt_demo").json()["networks"]
    assert [(row["name"], row["shared"], row["router:external"]) for row in rows] == [
        ("private", True, False),
        ("public", False, True),
    ]
    made = api.post("neutron", "/v2.0/security-groups", {"security_group": {"name": "new"}}).json()
    assert len(made["security_group"]["security_group_rules"]) == 2
    cloud.close()
