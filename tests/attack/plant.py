"""What the attacked cloud holds: demo and alt_demo have one of everything, admin a few private things."""

from dataclasses import dataclass, field
from typing import Any

MARK = "ForeignSecret"  # in every name, description and metadata of what is not demo's
Target = Any  # target.py knows this module, not the other way round


@dataclass
class Planter:
    """Puts one of everything into a user's project."""

    target: Target
    user: str
    name: str
    made: dict[str, str] = field(default_factory=dict)

    def post(self, service: str, path: str, kind: str, body: Any, **headers: str) -> str:
        answer = self.target.ask(self.user, "POST", service, path, {kind: body}, **headers)
        made = answer.get(kind, answer)
        self.made[kind] = str(made.get("id", made.get("name")))
        return self.made[kind]

    def network(self) -> None:
        more = {"name": self.name, "description": self.name}
        net = self.post("neutron", "/v2.0/networks", "network", more)
        subnet = {"network_id": net, "ip_version": 4, "cidr": "10.77.0.0/24", **more}
        self.post("neutron", "/v2.0/subnets", "subnet", subnet)
        group = self.post("neutron", "/v2.0/security-groups", "security_group", more)
        rule = {"security_group_id": group, "direction": "ingress", "description": self.name}
        self.post("neutron", "/v2.0/security-group-rules", "security_group_rule", rule)
        self.post("neutron", "/v2.0/ports", "port", {"network_id": net, "security_groups": [group], **more})
        outside = self.target.ask(self.user, "GET", "neutron", "/v2.0/networks?router:external=True")[
            "networks"
        ][0]
        gate = {"external_gateway_info": {"network_id": outside["id"]}}
        router = self.post("neutron", "/v2.0/routers", "router", {**more, **gate})
        path = f"/v2.0/routers/{router}/add_router_interface"
        self.target.ask(self.user, "PUT", "neutron", path, {"subnet_id": self.made["subnet"]})
        fip = {"floating_network_id": outside["id"], "port_id": self.made["port"], "description": self.name}
        self.post("neutron", "/v2.0/floatingips", "floatingip", fip)

    def others(self) -> None:
        """What few projects have."""
        more = {"name": self.name, "description": self.name}
        self.post(
            "nova", "/v2.1/os-server-groups", "server_group", {"name": self.name, "policies": ["affinity"]}
        )
        pool = {"prefixes": ["10.44.0.0/16"], "default_prefixlen": 26, **more}
        self.post("neutron", "/v2.0/subnetpools", "subnetpool", pool)
        self.post("neutron", "/v2.0/address-scopes", "address_scope", {"name": self.name, "ip_version": 4})
        self.post("neutron", "/v2.0/address-groups", "address_group", {"addresses": ["10.1.0.0/16"], **more})
        rows = self.target.live.execute("SELECT id FROM keystone_user WHERE name = ?", [self.user])
        path = f"/v3/users/{rows.fetchone()[0]}/application_credentials"
        self.post("keystone", path, "application_credential", {**more, "secret": f"{self.name}Secret"})
        volume = self.post("cinder", "/v3/volumes", "volume", {"size": 1, **more})
        self.target.cloud.clock.advance(5)  # type: ignore[attr-defined]
        self.post("cinder", "/v3/volume-transfers", "transfer", {"volume_id": volume, "name": self.name})

    def storage(self) -> None:
        more = {"name": self.name, "description": self.name, "metadata": {"owner": self.name}}
        for _ in range(2):
            self.post("cinder", "/v3/volumes", "volume", {"size": 1, **more})
        self.target.cloud.clock.advance(5)  # type: ignore[attr-defined]
        self.post("cinder", "/v3/snapshots", "snapshot", {"volume_id": self.made["volume"], **more})
        image = {"name": self.name, "disk_format": "raw", "container_format": "bare", "note": self.name}
        answer = self.target.ask(self.user, "POST", "glance", "/v2/images", image)
        self.made["image"] = answer["id"]
        self.target.ask(
            self.user,
            "PUT",
            "glance",
            f"/v2/images/{answer['id']}/file",
            self.name.encode() * 9,
            Content_Type="application/octet-stream",
        )

    def servers(self) -> None:
        key = {"name": self.name}
        self.post("nova", "/v2.1/os-keypairs", "keypair", key)
        images = self.target.ask(self.user, "GET", "glance", "/v2/images?visibility=public")["images"]
        base = {"flavorRef": "1", "imageRef": images[0]["id"], "key_name": self.name}
        more = {"metadata": {"owner": self.name}, "networks": [{"uuid": self.made["network"]}]}
        for n in range(3):
            self.post("nova", "/v2.1/servers", "server", {"name": f"{self.name}{n}", **base, **more})
        self.target.cloud.clock.advance(10)  # type: ignore[attr-defined]
        self.target.ask(
            self.user,
            "POST",
            "nova",
            f"/v2.1/servers/{self.made['server']}/action",
            {"resize": {"flavorRef": "2"}},
        )
        wanted = {"volumeAttachment": {"volumeId": self.made["volume"]}}
        path = "/v2.1/servers/{}/os-volume_attachments"
        first = self.target.ask(self.user, "GET", "nova", "/v2.1/servers")["servers"][-1]["id"]
        self.target.ask(self.user, "POST", "nova", path.format(first), wanted)
        self.target.cloud.clock.advance(20)  # type: ignore[attr-defined]


def seed(target: Target) -> None:
    """demo and alt_demo have one of everything, admin a few private things."""
    for user, name in (("demo", "mine"), ("alt_demo", MARK)):
        planter = Planter(target, user, name)
        planter.network()
        planter.storage()
        planter.servers()
        planter.others()
    Planter(target, "admin", MARK).storage()
    target.cloud.clock.advance(60)  # type: ignore[attr-defined]
    target.cloud.run_due()
