"""Neutron's extensions: the recorded ones (recording neutron/005), less what this room doesn't do."""

from dataclasses import dataclass, field

from cloudlab.sim.errors import NotFound
from cloudlab.sim.web import Call, Reply


@dataclass
class Known:
    alias: str
    updated: str
    name: list[str] = field(default_factory=list)
    description: list[str] = field(default_factory=list)


# As recorded and in that order: alias and date; its name, by two spaces; its description, by four.
RECORDED = """
address-group 2020-07-15T10:00:00-00:00
  Address group
    Support address group
address-scope 2015-07-26T10:00:00-00:00
  Address scope
    Address scopes extension.
router-admin-state-down-before-update 2019-07-02T15:56:00
  Enforce Router's Admin State Down Before Update Extension
    Ensure that the admin state of a router is DOWN (admin_state_up=False) before updating the
    distributed attribute
agent 2013-02-03T10:00:00-00:00
  agent
    The agent management extension.
agent-resources-synced 2018-12-19T00:00:00-00:00
  Agent's Resource View Synced to Placement
    Stores success/failure of last sync to Placement
allowed-address-pairs 2013-07-23T10:00:00-00:00
  Allowed Address Pairs
    Provides allowed address pairs
auto-allocated-topology 2016-01-01T00:00:00-00:00
  Auto Allocated Topology Services
    Auto Allocated Topology Services.
availability_zone 2015-01-01T10:00:00-00:00
  Availability Zone
    The availability zone extension.
availability_zone_filter 2018-06-22T10:00:00-00:00
  Availability Zone Filter Extension
    Add filter parameters to AvailabilityZone resource
default-subnetpools 2016-02-18T18:00:00-00:00
  Default Subnetpools
    Provides ability to mark and use a subnetpool as the default.
dhcp_agent_scheduler 2013-02-07T10:00:00-00:00
  DHCP Agent Scheduler
    Schedule networks among dhcp agents
dvr 2014-06-1T10:00:00-00:00
  Distributed Virtual Router
    Enables configuration of Distributed Virtual Routers.
empty-string-filtering 2018-05-01T10:00:00-00:00
  Empty String Filtering Extension
    Allow filtering by attributes with empty string value
external-net 2013-01-14T10:00:00-00:00
  Neutron external network
    Adds external network attribute to network resource.
extra_dhcp_opt 2013-03-17T12:00:00-00:00
  Neutron Extra DHCP options
    Extra options configuration for DHCP. For example PXE boot options to DHCP clients can be specified
    (e.g. tftp-server, server-ip-address, bootfile-name)
extraroute 2013-02-01T10:00:00-00:00
  Neutron Extra Route
    Extra routes configuration for L3 router
extraroute-atomic 2019-07-10T00:00:00+00:00
  Atomically add/remove extra routes
    Edit extra routes of a router on server side by atomically adding/removing extra routes
filter-validation 2018-07-04T10:00:00-00:00
  Filter parameters validation
    Provides validation on filter parameters.
floating-ip-port-forwarding-detail 2022-05-06T10:00:00-00:00
  Floating IP port forwarding detail
    Allow list floating ip return more port forwarding data, include'id' and 'internal_port_id'
fip-port-details 2018-04-09T10:00:00-00:00
  Floating IP Port Details Extension
    Add port_details attribute to Floating IP resource
flavors 2015-09-17T10:00:00-00:00
  Neutron Service Flavors
    Flavor specification for Neutron advanced services.
floatingip-pools 2018-03-21T10:00:00-00:00
  Floating IP Pools Extension
    Provides a floating IP pools API.
ip-substring-filtering 2017-11-28T09:00:00-00:00
  IP address substring filtering
    Provides IP address substring filtering when listing ports
router 2012-07-20T10:00:00-00:00
  Neutron L3 Router
    Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external
    networks via a NAT gateway.
ext-gw-mode 2013-03-28T10:00:00-00:00
  Neutron L3 Configurable external gateway mode
    Extension of the router abstraction for specifying whether SNAT should occur on the external gateway
l3-ha 2014-04-26T00:00:00-00:00
  HA Router extension
    Adds HA capability to routers.
l3-flavors 2016-05-17T00:00:00-00:00
  Router Flavor Extension
    Flavor support for routers.
l3-port-ip-change-not-allowed 2018-10-09T10:00:00-00:00
  Prevent L3 router ports IP address change extension
    Prevent change of IP address for some L3 router ports
l3_agent_scheduler 2013-02-07T10:00:00-00:00
  L3 Agent Scheduler
    Schedule routers among l3 agents
multi-provider 2013-06-27T10:00:00-00:00
  Multi Provider Network
    Expose mapping of virtual networks to multiple physical networks
net-mtu 2015-03-25T10:00:00-00:00
  Network MTU
    Provides MTU attribute for a network resource.
net-mtu-writable 2017-07-12T00:00:00-00:00
  Network MTU (writable)
    Provides a writable MTU attribute for a network resource.
network_availability_zone 2015-01-01T10:00:00-00:00
  Network Availability Zone
    Availability zone support for network.
network_ha 2023-04-27T10:00:00-00:00
  Network HA creation flag
    Network high availability creation flag.
network-ip-availability 2015-09-24T00:00:00-00:00
  Network IP Availability
    Provides IP availability data for each network and subnet.
pagination 2016-06-12T00:00:00-00:00
  Pagination support
    Extension that indicates that pagination is enabled.
port-device-profile 2020-12-17T10:00:00-00:00
  Port device profile
    Expose the port device profile (Cyborg)
port-mac-override 2022-03-18T10:00:00-00:00
  Neutron Port MAC address override
    Allow overriding the MAC address of a direct-physical Port via the active binding profile
port-mac-address-regenerate 2018-05-03T10:00:00-00:00
  Neutron Port MAC address regenerate
    Network port MAC address regenerate
port-numa-affinity-policy 2020-07-08T10:00:00-00:00
  Port NUMA affinity policy
    Expose the port NUMA affinity policy
port-numa-affinity-policy-socket 2024-02-09T10:00:00-00:00
  Port NUMA affinity policy "socket"
    Adds "socket" to the supported port NUMA affinity policies
binding 2014-02-03T10:00:00-00:00
  Port Binding
    Expose port bindings of a virtual port to external application
binding-extended 2017-07-17T10:00:00-00:00
  Port Bindings Extended
    Expose port bindings of a virtual port to external application
port-security 2012-07-23T10:00:00-00:00
  Port Security
    Provides port security
project-id 2016-09-09T09:09:09-09:09
  project_id field enabled
    Extension that indicates that project_id field is enabled.
provider 2012-09-07T10:00:00-00:00
  Provider Network
    Expose mapping of virtual networks to physical networks
qinq 2024-12-02T10:00:00-00:00
  QinQ networks
    Expose network 'qinq' attribute in the API. This allows to configure network to allow vlan in vlan
    configuration using 0x8a88 ethertype (QinQ).
quota-check-limit 2021-09-08T16:00:00-00:00
  Quota engine limit check
    Support for checking the resource usage before applying a new quota limit
quota-check-limit-default 2024-08-21T16:00:00-00:00
  Quota engine limit check by default
    By default, the Neutron quota engine checks the resource usage before applying a new quota limit
quotas 2012-07-29T10:00:00-00:00
  Quota management support
    Expose functions for quotas management per project
quota_details 2017-02-10T10:00:00-00:00
  Quota details management support
    Expose functions for quotas usage statistics per project
rbac-policies 2015-06-17T12:15:12-00:00
  RBAC Policies
    Allows creation and modification of policies that control tenant access to resources.
rbac-address-group 2021-01-20T00:00:00-00:00
  Add address_group type to RBAC
    Add address_group type to network RBAC
rbac-address-scope 2020-02-12T00:00:00-00:00
  Add address_scope type to RBAC
    Add address_scope type to RBAC
rbac-security-groups 2019-02-14T00:00:00-00:00
  Add security_group type to network RBAC
    Add security_group type to network RBAC
rbac-subnetpool 2020-02-05T00:00:00-00:00
  Add subnetpool type to RBAC
    Add subnetpool type to RBAC
revision-if-match 2016-12-11T00:00:00-00:00
  If-Match constraints based on revision_number
    Extension indicating that If-Match based on revision_number is supported.
standard-attr-revisions 2016-04-11T10:00:00-00:00
  Resource revision numbers
    This extension will display the revision number of neutron resources.
router_availability_zone 2015-01-01T10:00:00-00:00
  Router Availability Zone
    Availability zone support for router.
security-groups-default-rules 2022-12-19T10:00:00-00:00
  Default rules for security groups
    Configure set of security group rules used as default rules for every new security group
security-groups-normalized-cidr 2020-07-28T10:00:00-00:00
  Normalized CIDR field for security group rules
    Add new field with normalized remote_ip_prefix cidr in SG rule
port-security-groups-filtering 2018-01-09T09:00:00-00:00
  Port filtering on security groups
    Provides security groups filtering when listing ports
security-groups-remote-address-group 2020-08-25T10:00:00-00:00
  Remote address group id field for security group rules
    Add new field of remote address group id in SG rules
security-groups-rules-belongs-to-default-sg 2023-05-23T10:00:00-00:00
  Security group rule belongs to the project's default security group
    Flag to determine if the security group rule belongs to the project's default security group
security-groups-shared-filtering 2021-10-05T09:00:00-00:00
  Security group filtering on the shared field
    Support filtering security groups on the shared field
security-group 2012-10-05T10:00:00-00:00
  security-group
    The security groups extension.
service-type 2013-01-20T00:00:00-00:00
  Neutron Service Type Management
    API for retrieving service providers for Neutron advanced services
sorting 2016-06-12T00:00:00-00:00
  Sorting support
    Extension that indicates that sorting is enabled.
standard-attr-description 2016-02-10T10:00:00-00:00
  standard-attr-description
    Extension to add descriptions to standard attributes
stateful-security-group 2019-11-26T09:00:00-00:00
  Stateful security group
    Indicates if the security group is stateful or not
subnet-external-network 2024-02-05T18:00:00-00:00
  Subnet belongs to an external network
    Informs if the subnet belongs to an external network
subnet_onboard 2018-12-18T09:00:00-00:00
  Subnet Onboard
    Provides support for onboarding subnets into subnet pools
subnet-service-types 2016-03-15T18:00:00-00:00
  Subnet service types
    Provides ability to set the subnet service_types field
subnet_allocation 2015-03-30T10:00:00-00:00
  Subnet Allocation
    Enables allocation of subnets from a subnet pool
subnetpool-prefix-ops 2019-02-08T10:00:00-00:00
  Subnet Pool Prefix Operations
    Provides support for adjusting the prefix list of subnet pools
tag-creation 2024-23-07T10:00:00-00:00
  Tag creation extension
    Allow to create multiple tags for a resource
standard-attr-tag 2017-01-01T00:00:00-00:00
  Tag support for resources with standard attribute: port, subnet, subnetpool, network, security_group,
  router, floatingip, policy, trunk, network_segment_range
    Enables to set tag on resources with standard attribute.
standard-attr-timestamp 2016-09-12T10:00:00-00:00
  Resource timestamps
    Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.
vlan-transparent 2015-03-23T09:00:00-00:00
  Vlantransparent
    Provides Vlan Transparent Networks
"""
# What this room doesn't do: one router is on one host, and a port is on one host at a time. So the recorded list is
# not ours (tests/gold names every other step of that story).
NOT_HERE = {
    "binding-extended",
    "dvr",
    "l3-ha",
    "router-admin-state-down-before-update",
}


def _read(text: str) -> list[Known]:
    found: list[Known] = []
    for line in text.strip().splitlines():
        if line.startswith("    "):
            found[-1].description.append(line.strip())
        elif line.startswith("  "):
            found[-1].name.append(line.strip())
        else:
            alias, updated = line.split()
            found.append(Known(alias, updated))
    return found


def _view(known: Known) -> dict[str, object]:
    return {
        "name": " ".join(known.name),
        "alias": known.alias,
        "description": " ".join(known.description),
        "updated": known.updated,
        "links": [],
    }


HERE = [_view(known) for known in _read(RECORDED) if known.alias not in NOT_HERE]


class Extensions:
    def get(self, call: Call) -> Reply:
        return Reply(200, {"extensions": HERE})


class Extension:
    def get(self, call: Call, alias: str) -> Reply:
        found = next((view for view in HERE if view["alias"] == alias), None)
        if found is None:
            raise NotFound(f"Extension with alias {alias} does not exist")
        return Reply(200, {"extension": found})
