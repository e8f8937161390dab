"""A state file from before domains: its users, roles and tokens go on, and groups and domains can be made in it."""

from pathlib import Path

import requests
from sqlalchemy import text

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import create_cloud
from tests.api.conftest import Api, WsgiAdapter
from tests.older import AS_SCHEMA_2


def test_the_first_domain_becomes_a_row_and_roles_stay(tmp_path: Path) -> None:
    file = tmp_path / "cloud.db"
    first = create_cloud(clock=ManualClock(), database=str(file))
    session = requests.Session()
    session.mount("http://127.0.0.1:", WsgiAdapter(first))
    token = Api(first, session).token("demo")
    with first.store.transaction() as transaction:
        for statement in AS_SCHEMA_2:
            transaction.execute(text(statement))
    first.close()

    cloud = create_cloud(clock=ManualClock(), database=str(file))
    session.mount("http://127.0.0.1:", WsgiAdapter(cloud))
    api = Api(cloud, session)
    assert api.get("keystone", "/v3/auth/projects", token=token).json()["projects"][0]["name"] == "demo"
    domains = api.get("keystone", "/v3/domains", user="admin").json()["domains"]
    assert [(d["id"], d["name"], d["enabled"]) for d in domains] == [("default", "Default", True)]
    assert api.post("keystone", "/v3/groups", {"group": {"name": "class"}}, user="admin").status_code == 201
    cloud.close()
