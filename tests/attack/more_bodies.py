"""Bodies for rows of the route tables that no recording has: what a client would send, with `@pool` for ids.

(service, template) → method → bodies. A template that isn't in the tables any more is simply not used.
"""

# ruff: noqa: E501  (a table: one body a line)

from typing import Any

Bodies = dict[str, list[Any]]
TAGS: Bodies = {"PUT": [{"tags": ["a", "b"]}]}
NAMED = {"name": "new", "description": "d"}
KEY_VALUE: Bodies = {"PUT": [{"key": "value"}]}
META: Bodies = {"PUT": [{"meta": {"key": "v"}}]}
METADATA: Bodies = {"POST": [{"metadata": {"a": "b"}}], "PUT": [{"metadata": {"a": "b"}}]}
MEGABYTES = {
    "total": 100,
    "reserved": 0,
    "min_unit": 1,
    "max_unit": 100,
    "step_size": 1,
    "allocation_ratio": 1.0,
}
ROOM = {"allocations": {"@resource_providers": {"resources": {"VCPU": 1}}}}
WHOSE = {"project_id": "@projects", "user_id": "@users"}
FULL_ROOM = {**ROOM, **WHOSE, "consumer_generation": None}
RULE = {"direction": "ingress", "protocol": "tcp", "port_range_min": 1, "port_range_max": 2}
ROUTES = {"router": {"routes": [{"destination": "10.0.3.0/24", "nexthop": "10.77.0.9"}]}}

MORE: dict[str, dict[str, Bodies]] = {
    "keystone": {
        "/v3/auth/tokens": {"POST": [
            {"auth": {"identity": {"methods": ["token"], "token": {"id": "@demo-token"}},
                      "scope": {"project": {"id": "@projects"}}}},
            {"auth": {"identity": {"methods": ["application_credential"],
                                   "application_credential": {"id": "@application_credentials", "secret": "mineSecret"}}}},
        ]},
        "/v3/projects/{project_id}/tags": TAGS,
        "/v3/domains": {"POST": [{"domain": NAMED}]},
        "/v3/domains/{domain_id}": {"PATCH": [{"domain": NAMED}]},
        "/v3/users/{user_id}": {"PATCH": [{"user": {"name": "u2", "enabled": True, "email": "a@b"}}]},
        "/v3/roles": {"POST": [{"role": NAMED}]},
        "/v3/roles/{role_id}": {"PATCH": [{"role": {"name": "r2", "options": {"immutable": None}}}]},
        "/v3/services": {"POST": [{"service": {**NAMED, "type": "dns", "enabled": True}}]},
        "/v3/services/{service_id}": {"PATCH": [{"service": {"name": "s2"}}]},
        "/v3/endpoints": {"POST": [{"endpoint": {"interface": "public", "service_id": "@services",
                                                 "url": "http://a/%(tenant_id)s", "region_id": "@regions"}}]},
        "/v3/endpoints/{endpoint_id}": {"PATCH": [{"endpoint": {"url": "http://b"}}]},
        "/v3/regions": {"POST": [{"region": {"id": "r", "description": "d", "parent_region_id": "@regions"}}]},
        "/v3/regions/{region_id}": {"PATCH": [{"region": {"description": "x", "parent_region_id": None}}]},
        "/v3/groups": {"POST": [{"group": NAMED}]},
        "/v3/groups/{group_id}": {"PATCH": [{"group": {"name": "g2"}}]},
        "/v3/credentials": {"POST": [{"credential": {"type": "cert", "blob": "b", **WHOSE}}]},
        "/v3/users/{user_id}/credentials/OS-EC2": {"POST": [{"tenant_id": "@projects"}]},
        "/v3/users/{user_id}/application_credentials": {"POST": [
            {"application_credential": {**NAMED, "roles": [{"name": "member"}], "expires_at": "2027-01-01T00:00:00Z"}},
        ]},
    },
    "glance": {
        "@/images/{image_id}": {"PATCH": [
            [{"op": "replace", "path": "/name", "value": "n"}],
            [{"op": "add", "path": "/tags", "value": ["a"]}, {"op": "add", "path": "/note2", "value": "x"}],
            [{"op": "remove", "path": "/note"}],
            [{"op": "replace", "path": "/visibility", "value": "shared"}],
            [{"op": "replace", "path": "/protected", "value": True}],
        ]},
        "@/images/{image_id}/file": {"PUT": ["bytes"]},
        "@/images/{image_id}/stage": {"PUT": ["bytes"]},
        "@/images/{image_id}/members": {"POST": [{"member": "@projects"}, {"member": "@foreign-projects"}]},
        "@/images/{image_id}/members/{member_id}": {"PUT": [{"status": "accepted"}]},
        "@/images/{image_id}/import": {"POST": [{"method": {"name": "glance-direct"}}]},
        "@/images/{image_id}/locations": {"POST": [{"url": "file:///a", "validation_data": {}}]},
    },
    "placement": {
        "/resource_providers": {"POST": [{"name": "rp", "uuid": "@any", "parent_provider_uuid": None}]},
        "/resource_providers/{uuid}": {"PUT": [{"name": "rp2"}]},
        "/resource_providers/{uuid}/inventories": {
            "POST": [{"resource_class": "DISK_GB", **MEGABYTES}],
            "PUT": [{"resource_provider_generation": 1, "inventories": {"VCPU": MEGABYTES}}],
        },
        "/resource_providers/{uuid}/inventories/{name}": {
            "PUT": [{"resource_provider_generation": 1, **MEGABYTES}],
        },
        "/resource_providers/{uuid}/traits": {"PUT": [
            {"resource_provider_generation": 1, "traits": ["CUSTOM_A", "HW_CPU_X86_AVX"]},
        ]},
        "/resource_providers/{uuid}/aggregates": {"PUT": [
            ["@any"], {"aggregates": ["@any"], "resource_provider_generation": 1},
        ]},
        "/resource_classes": {"POST": [{"name": "CUSTOM_X"}]},
        "/resource_classes/{name}": {"PUT": [{"name": "CUSTOM_Y"}]},
        "/allocations": {"POST": [{"@servers": FULL_ROOM}]},
        "/allocations/{consumer}": {"PUT": [FULL_ROOM, {**ROOM, **WHOSE}, ROOM]},
        "/reshaper": {"POST": [{"inventories": {}, "allocations": {}}]},
    },
    "neutron": {
        **{
            f"@/{kind}/{{id_}}": {"PUT": [{kind[:-1].replace("-", "_"): body}]}
            for kind, body in {
                "networks": {"name": "n2", "mtu": 1400, "shared": True},
                "subnets": {"name": "s", "dns_nameservers": ["1.1.1.1"], "gateway_ip": "10.77.0.1"},
                "ports": {"name": "p", "fixed_ips": [{"subnet_id": "@subnets"}], "security_groups": ["@security-groups"]},
                "security-groups": NAMED,
                "routers": {"name": "r", "external_gateway_info": {"network_id": "@networks", "enable_snat": True}},
                "subnetpools": {"name": "p", "prefixes": ["10.44.0.0/15"]},
                "address-scopes": {"name": "a"},
                "address-groups": NAMED,
            }.items()
        },
        "@/rbac-policies": {"POST": [{"rbac_policy": {"object_type": "network", "object_id": "@networks",
                                                     "action": "access_as_shared", "target_tenant": "@projects"}}]},
        "@/rbac-policies/{id_}": {"PUT": [{"rbac_policy": {"target_tenant": "*"}}]},
        "@/quotas/{project}": {"PUT": [{"quota": {"port": 10, "network": -1}}]},
        "@/subnetpools": {"POST": [{"subnetpool": {"name": "p", "prefixes": ["10.50.0.0/16"], "min_prefixlen": 20}}]},
        "@/subnetpools/{id_}/add_prefixes": {"PUT": [{"prefixes": ["10.60.0.0/16"]}]},
        "@/subnetpools/{id_}/remove_prefixes": {"PUT": [{"prefixes": ["10.44.0.0/16"]}]},
        "@/subnetpools/{id_}/onboard_network_subnets": {"PUT": [{"network_id": "@networks"}]},
        "@/address-scopes": {"POST": [{"address_scope": {"name": "a", "ip_version": 4}}]},
        "@/address-groups": {"POST": [{"address_group": {"name": "a", "addresses": ["10.0.0.1/32"]}}]},
        "@/address-groups/{id_}/add_addresses": {"PUT": [{"addresses": ["10.0.0.2/32"]}]},
        "@/address-groups/{id_}/remove_addresses": {"PUT": [{"addresses": ["10.1.0.0/16"]}]},
        "@/default-security-group-rules": {"POST": [{"default_security_group_rule": {**RULE, "ethertype": "IPv4"}}]},
        "@/security-group-rules": {"POST": [{"security_group_rule": {**RULE, "security_group_id": "@security-groups",
                                                                    "remote_ip_prefix": "10.0.0.0/8"}}]},
        "@/routers/{id_}/add_extraroutes": {"PUT": [ROUTES]},
        "@/routers/{id_}/remove_extraroutes": {"PUT": [ROUTES]},
        "@/floatingips/{id_}": {"PUT": [{"floatingip": {"port_id": "@ports"}}, {"floatingip": {"port_id": None}}]},
        **{
            f"@/{kind}/{{id_}}/tags": {**TAGS, "POST": TAGS["PUT"]}
            for kind in ("networks", "subnets", "ports", "subnetpools", "routers", "floatingips", "security-groups")
        },
    },
    "cinder": {
        "@/volumes/{id}/metadata": METADATA,
        "@/volumes/{id}/metadata/{key}": META,
        "@/volumes/{id}/action": {"POST": [
            {"os-retype": {"new_type": "@types", "migration_policy": "never"}}, {"revert": {"snapshot_id": "@snapshots"}},
            {"os-set_image_metadata": {"metadata": {"a": "b"}}}, {"os-unset_image_metadata": {"key": "a"}},
            {"os-show_image_metadata": None}, {"os-reimage": {"image_id": "@images"}}, {"os-unmanage": {}},
            {"os-volume_upload_image": {"image_name": "i", "force": False}}, {"os-migrate_volume": {"host": "h"}},
            {"os-initialize_connection": {"connector": {}}}, {"os-terminate_connection": {"connector": {}}},
        ]},
        "@/snapshots/{id}": {"PUT": [{"snapshot": NAMED}]},
        "@/snapshots/{id}/action": {"POST": [
            {"os-reset_status": {"status": "error"}}, {"os-force_delete": {}}, {"os-update_snapshot_status":
                                                                               {"status": "available", "progress": "5%"}},
        ]},
        "@/snapshots/{id}/metadata": METADATA,
        "@/snapshots/{id}/metadata/{key}": META,
        "@/types/{id}": {"PUT": [{"volume_type": {**NAMED, "is_public": True}}]},
        "@/types/{id}/extra_specs": {"POST": [{"extra_specs": {"key": "value"}}]},
        "@/types/{id}/extra_specs/{key}": KEY_VALUE,
        "@/types/{id}/action": {"POST": [{"addProjectAccess": {"project": "@projects"}},
                                         {"removeProjectAccess": {"project": "@projects"}}]},
        "@/default-types/{id}": {"PUT": [{"default_type": {"volume_type": "@types"}}]},
        "@/qos-specs": {"POST": [{"qos_specs": {"name": "q", "consumer": "back-end", "iops": "5"}}]},
        "@/qos-specs/{id}": {"PUT": [{"qos_specs": {"iops": "6"}}]},
        "@/qos-specs/{id}/delete_keys": {"PUT": [{"keys": ["iops"]}]},
        "@/os-volume-transfer": {"POST": [{"transfer": {"volume_id": "@volumes", "name": "t"}}]},
        "@/volume-transfers": {"POST": [{"transfer": {"volume_id": "@volumes", "no_snapshots": True}}]},
        "@/volume-transfers/{id}/accept": {"POST": [{"accept": {"auth_key": "abc"}}]},
        "@/os-volume-transfer/{id}/accept": {"POST": [{"accept": {"auth_key": "abc"}}]},
        "@/os-quota-class-sets/{id}": {"PUT": [{"quota_class_set": {"volumes": 9}}]},
        "@/os-quota-sets/{id}": {"PUT": [{"quota_set": {"volumes": 9, "gigabytes": -1}}]},
        "@/os-services/{action}": {"PUT": [{"binary": "cinder-volume", "host": "devstack@lvm", "disabled_reason": "x"}]},
    },
    "nova": {
        "@/servers/{server_id}/action": {"POST": [
            {"os-resetState": {"state": "error"}}, {"forceDelete": None}, {"restore": None}, {"shelveOffload": None},
            {"createBackup": {"name": "b", "backup_type": "daily", "rotation": 1}}, {"trigger_crash_dump": None},
            {"addFixedIp": {"networkId": "@networks"}}, {"removeFixedIp": {"address": "10.77.0.5"}},
            {"addFloatingIp": {"address": "172.24.4.5"}}, {"removeFloatingIp": {"address": "172.24.4.5"}},
            {"migrate": None}, {"evacuate": {"onSharedStorage": False}}, {"injectNetworkInfo": None},
            {"os-migrateLive": {"host": None, "block_migration": "auto"}}, {"os-getSPICEConsole": {"type": "spice-html5"}},
        ]},
        "@/flavors/{flavor_id}": {"PUT": [{"flavor": {"description": "d"}}]},
        "@/flavors/{flavor_id}/os-extra_specs": {"POST": [{"extra_specs": {"hw:cpu_policy": "shared"}}]},
        "@/flavors/{flavor_id}/os-extra_specs/{key}": {"PUT": [{"hw:cpu_policy": "shared"}, {"key": "v"}]},
        "@/flavors/{flavor_id}/action": {"POST": [{"addTenantAccess": {"tenant": "@projects"}},
                                                  {"removeTenantAccess": {"tenant": "@projects"}}]},
        "@/images/{image_id}/metadata": METADATA,
        "@/images/{image_id}/metadata/{key}": META,
        "@/servers/{server_id}/metadata": METADATA,
        "@/servers/{server_id}/metadata/{key}": META,
        "@/servers/{server_id}/tags": TAGS,
        "@/servers/{server_id}/os-interface": {"POST": [
            {"interfaceAttachment": {"net_id": "@networks"}}, {"interfaceAttachment": {"port_id": "@ports"}},
            {"interfaceAttachment": {"net_id": "@networks", "fixed_ips": [{"ip_address": "10.77.0.50"}], "tag": "t"}},
        ]},
        "@/servers/{server_id}/os-volume_attachments/{volume_id}": {"PUT": [
            {"volumeAttachment": {"volumeId": "@volumes"}},
            {"volumeAttachment": {"volumeId": "@volumes", "delete_on_termination": True}},
        ]},
        "@/servers/{server_id}/remote-consoles": {"POST": [{"remote_console": {"protocol": "spice", "type": "spice-html5"}}]},
        "@/os-server-external-events": {"POST": [
            {"events": [{"name": "network-changed", "server_uuid": "@servers", "tag": "@ports", "status": "completed"}]},
        ]},
        "@/os-services/{key}": {"PUT": [{"status": "disabled", "disabled_reason": "x"}, {"forced_down": True}]},
        "@/os-aggregates": {"POST": [{"aggregate": {"name": "a", "availability_zone": "z"}}]},
        "@/os-aggregates/{key}": {"PUT": [{"aggregate": {"name": "b"}}]},
        "@/os-aggregates/{key}/action": {"POST": [{"add_host": {"host": "devstack"}}, {"remove_host": {"host": "devstack"}},
                                                  {"set_metadata": {"metadata": {"a": "b"}}}]},
        "@/os-aggregates/{key}/images": {"POST": [{"cache": [{"id": "@images"}]}]},
        "@/servers/{server_id}/migrations/{number}/action": {"POST": [{"force_complete": None}]},
        "@/os-server-groups": {"POST": [{"server_group": {"name": "g", "policies": ["anti-affinity"]}},
                                        {"server_group": {"name": "g", "policy": "affinity", "rules": {}}}]},
        "@/os-quota-class-sets/{name}": {"PUT": [{"quota_class_set": {"cores": 9}}]},
        "@/os-networks": {"POST": [{"network": {"label": "a", "cidr": "10.0.0.0/24"}}]},
        "@/os-networks/{network_id}/action": {"POST": [{"disassociate": None}]},
        "@/os-tenant-networks": {"POST": [{"network": {"label": "a", "cidr": "10.0.0.0/24"}}]},
        "@/os-floating-ips": {"POST": [{"pool": "public"}, {}]},
        "@/os-security-groups": {"POST": [{"security_group": NAMED}]},
        "@/os-security-groups/{group_id}": {"PUT": [{"security_group": NAMED}]},
        "@/os-security-group-rules": {"POST": [{"security_group_rule": {
            "parent_group_id": "@security-groups", "ip_protocol": "tcp", "from_port": 1, "to_port": 2, "cidr": "0.0.0.0/0"}}]},
        "@/os-volumes": {"POST": [{"volume": {"size": 1, "display_name": "v"}}]},
        "@/os-snapshots": {"POST": [{"snapshot": {"volume_id": "@volumes", "display_name": "s"}}]},
        "@/os-hosts/{host}": {"PUT": [{"status": "enable"}]},
        "@/os-fixed-ips/{id}/action": {"POST": [{"reserve": None}]},
    },
}  # fmt: skip
