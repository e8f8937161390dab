"""A lab on what behaves as a real cloud does: the embedded one in this process, with its inside shut."""

from collections.abc import Mapping

from cloudlab.client import realcloud
from cloudlab.client.account import Account, Secret, by_password
from cloudlab.client.realcloud import RealCloud
from cloudlab.lab import Lab
from tests.steered import lab_in_process

DOMAIN = {"id": "default"}


def account(name: str, project: str = "") -> Account:
    user = {"name": name, "domain": DOMAIN, "password": Secret("secret")}
    return by_password(user, {"name": project or name, "domain": DOMAIN})


def real_lab(accounts: Mapping[str, Account] | None = None) -> Lab:
    """As demo, without another account unless they are given."""
    with lab_in_process("realish") as lab:
        transport = lab._session.transport
    transport.real = RealCloud(
        "a-real-cloud", "http://127.0.0.1:5000/v3", accounts or {"me": account("demo")}
    )
    transport.cloud_name, transport.control, transport.published = transport.real.name, None, frozenset()
    found = Lab(transport)
    realcloud.arrive(found._session)
    return found
