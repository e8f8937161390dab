"""The one table of what requests look like: operation → where the service publishes the schema of its body.

A key is as in answers.py. A value names a method of a controller, `file Class.method`: the schema and its microversions
stand before it as decorators. It is below `nova/api/openstack/compute`, `cinder/api` or `keystone/api`.
"""

NOVA: dict[str, str] = {
    "POST /flavors": "flavors FlavorsController.create",
    "PUT /flavors/{id}": "flavors FlavorsController.update",
    "POST /flavors/{id}/os-extra_specs": "flavors_extraspecs FlavorExtraSpecsController.create",
    "PUT /flavors/{id}/os-extra_specs/{key}": "flavors_extraspecs FlavorExtraSpecsController.update",
    "POST /flavors/{id}/action addTenantAccess": "flavor_access FlavorActionController._add_tenant_access",
    "POST /flavors/{id}/action removeTenantAccess": "flavor_access FlavorActionController._remove_tenant_access",
    "POST /images/{id}/metadata": "image_metadata ImageMetadataController.create",
    "PUT /images/{id}/metadata": "image_metadata ImageMetadataController.update_all",
    "PUT /images/{id}/metadata/{key}": "image_metadata ImageMetadataController.update",
    "POST /os-keypairs": "keypairs KeypairController.create",
    "PUT /os-quota-sets/{id}": "quota_sets QuotaSetsController.update",
    "PUT /os-quota-class-sets/{id}": "quota_classes QuotaClassSetsController.update",
    "POST /servers": "servers ServersController.create",
    "PUT /servers/{id}": "servers ServersController.update",
    "POST /servers/{id}/metadata": "server_metadata ServerMetadataController.create",
    "PUT /servers/{id}/metadata": "server_metadata ServerMetadataController.update_all",
    "PUT /servers/{id}/metadata/{key}": "server_metadata ServerMetadataController.update",
    "PUT /servers/{id}/tags/{tag}": "server_tags ServerTagsController.update",
    "PUT /servers/{id}/tags": "server_tags ServerTagsController.update_all",
    "POST /servers/{id}/os-interface": "attach_interfaces InterfaceAttachmentController.create",
    "POST /servers/{id}/os-volume_attachments": "volume_attachments VolumeAttachmentController.create",
    "PUT /servers/{id}/os-volume_attachments/{volume}": "volume_attachments VolumeAttachmentController.update",
    "POST /servers/{id}/remote-consoles": "remote_consoles RemoteConsolesController.create",
    "POST /servers/{id}/action addFixedIp": "multinic MultinicController._add_fixed_ip",
    "POST /servers/{id}/action addFloatingIp": "floating_ips FloatingIPActionController._add_floating_ip",
    "POST /servers/{id}/action addSecurityGroup": "security_groups SecurityGroupActionController._addSecurityGroup",
    "POST /servers/{id}/action changePassword": "admin_password AdminPasswordController.change_password",
    "POST /servers/{id}/action confirmResize": "servers ServersController._action_confirm_resize",
    "POST /servers/{id}/action createBackup": "create_backup CreateBackupController._create_backup",
    "POST /servers/{id}/action createImage": "servers ServersController._action_create_image",
    "POST /servers/{id}/action evacuate": "evacuate EvacuateController._evacuate",
    "POST /servers/{id}/action forceDelete": "deferred_delete DeferredDeleteController._force_delete",
    "POST /servers/{id}/action injectNetworkInfo": "admin_actions AdminActionsController._inject_network_info",
    "POST /servers/{id}/action lock": "lock_server LockServerController._lock",
    "POST /servers/{id}/action migrate": "migrate_server MigrateServerController._migrate",
    "POST /servers/{id}/action os-getConsoleOutput": "console_output ConsoleOutputController.get_console_output",
    "POST /servers/{id}/action os-getVNCConsole": "remote_consoles RemoteConsolesController.get_vnc_console",
    "POST /servers/{id}/action os-getSPICEConsole": "remote_consoles RemoteConsolesController.get_spice_console",
    "POST /servers/{id}/action os-getSerialConsole": "remote_consoles RemoteConsolesController.get_serial_console",
    "POST /servers/{id}/action os-migrateLive": "migrate_server MigrateServerController._migrate_live",
    "POST /servers/{id}/action os-resetState": "admin_actions AdminActionsController._reset_state",
    "POST /servers/{id}/action os-start": "servers ServersController._start_server",
    "POST /servers/{id}/action os-stop": "servers ServersController._stop_server",
    "POST /servers/{id}/action pause": "pause_server PauseServerController._pause",
    "POST /servers/{id}/action reboot": "servers ServersController._action_reboot",
    "POST /servers/{id}/action rebuild": "servers ServersController._action_rebuild",
    "POST /servers/{id}/action removeFixedIp": "multinic MultinicController._remove_fixed_ip",
    "POST /servers/{id}/action removeFloatingIp": "floating_ips FloatingIPActionController._remove_floating_ip",
    "POST /servers/{id}/action removeSecurityGroup": (
        "security_groups SecurityGroupActionController._removeSecurityGroup"
    ),
    "POST /servers/{id}/action rescue": "rescue RescueController._rescue",
    "POST /servers/{id}/action resetNetwork": "admin_actions AdminActionsController._reset_network",
    "POST /servers/{id}/action resize": "servers ServersController._action_resize",
    "POST /servers/{id}/action restore": "deferred_delete DeferredDeleteController._restore",
    "POST /servers/{id}/action resume": "suspend_server SuspendServerController._resume",
    "POST /servers/{id}/action revertResize": "servers ServersController._action_revert_resize",
    "POST /servers/{id}/action shelve": "shelve ShelveController._shelve",
    "POST /servers/{id}/action shelveOffload": "shelve ShelveController._shelve_offload",
    "POST /servers/{id}/action suspend": "suspend_server SuspendServerController._suspend",
    "POST /servers/{id}/action trigger_crash_dump": "servers ServersController._action_trigger_crash_dump",
    "POST /servers/{id}/action unlock": "lock_server LockServerController._unlock",
    "POST /servers/{id}/action unpause": "pause_server PauseServerController._unpause",
    "POST /servers/{id}/action unrescue": "rescue RescueController._unrescue",
    "POST /servers/{id}/action unshelve": "shelve ShelveController._unshelve",
    "POST /os-server-groups": "server_groups ServerGroupController.create",
    "POST /os-server-external-events": "server_external_events ServerExternalEventsController.create",
    "POST /os-aggregates": "aggregates AggregateController.create",
    "PUT /os-aggregates/{id}": "aggregates AggregateController.update",
    "POST /os-aggregates/{id}/action add_host": "aggregates AggregateController._add_host",
    "POST /os-aggregates/{id}/action remove_host": "aggregates AggregateController._remove_host",
    "POST /os-aggregates/{id}/action set_metadata": "aggregates AggregateController._set_metadata",
    "POST /os-aggregates/{id}/images": "aggregates AggregateController.images",
    "POST /servers/{id}/migrations/{number}/action force_complete": (
        "server_migrations ServerMigrationsController._force_complete"
    ),
    "PUT /os-services/{id}": "services ServiceController.update",
    "PUT /os-hosts/{host}": "hosts HostController.update",
    "POST /os-floating-ips": "floating_ips FloatingIPController.create",
    "POST /os-security-groups": "security_groups SecurityGroupController.create",
    "PUT /os-security-groups/{id}": "security_groups SecurityGroupController.update",
    "POST /os-security-group-rules": "security_groups SecurityGroupRulesController.create",
    "POST /os-volumes": "volumes VolumeController.create",
    "POST /os-snapshots": "snapshots SnapshotController.create",
}

CINDER: dict[str, str] = {
    "POST /volumes": "v3/volumes VolumeController.create",
    "PUT /volumes/{id}": "v2/volumes VolumeController.update",
    "POST /volumes/{id}/metadata": "v2/volume_metadata Controller.create",
    "PUT /volumes/{id}/metadata": "v3/volume_metadata Controller.update_all",
    "PUT /volumes/{id}/metadata/{key}": "v3/volume_metadata Controller.update",
    "POST /volumes/{id}/action os-attach": "contrib/volume_actions VolumeActionsController._attach",
    "POST /volumes/{id}/action os-detach": "contrib/volume_actions VolumeActionsController._detach",
    "POST /volumes/{id}/action os-extend": "contrib/volume_actions VolumeActionsController._extend",
    "POST /volumes/{id}/action os-retype": "contrib/volume_actions VolumeActionsController._retype",
    "POST /volumes/{id}/action os-reimage": "contrib/volume_actions VolumeActionsController._reimage",
    "POST /volumes/{id}/action os-set_bootable": "contrib/volume_actions VolumeActionsController._set_bootable",
    "POST /volumes/{id}/action os-update_readonly_flag": (
        "contrib/volume_actions VolumeActionsController._volume_readonly_update"
    ),
    "POST /volumes/{id}/action os-volume_upload_image": (
        "contrib/volume_actions VolumeActionsController._volume_upload_image"
    ),
    "POST /volumes/{id}/action os-initialize_connection": (
        "contrib/volume_actions VolumeActionsController._initialize_connection"
    ),
    "POST /volumes/{id}/action os-terminate_connection": (
        "contrib/volume_actions VolumeActionsController._terminate_connection"
    ),
    "POST /volumes/{id}/action os-migrate_volume": "contrib/admin_actions VolumeAdminController._migrate_volume",
    "POST /volumes/{id}/action os-force_detach": "contrib/admin_actions VolumeAdminController._force_detach",
    "POST /volumes/{id}/action os-reset_status": "contrib/admin_actions VolumeAdminController.validate_update",
    "POST /volumes/{id}/action os-set_image_metadata": (
        "contrib/volume_image_metadata VolumeImageMetadataController.create"
    ),
    "POST /volumes/{id}/action os-unset_image_metadata": (
        "contrib/volume_image_metadata VolumeImageMetadataController.delete"
    ),
    "POST /snapshots": "v3/snapshots SnapshotsController.create",
    "PUT /snapshots/{id}": "v2/snapshots SnapshotsController.update",
    "POST /snapshots/{id}/action os-reset_status": "contrib/admin_actions SnapshotAdminController.validate_update",
    "POST /snapshots/{id}/action os-update_snapshot_status": (
        "contrib/snapshot_actions SnapshotActionsController._update_snapshot_status"
    ),
    "POST /attachments": "v3/attachments AttachmentsController.create",
    "PUT /attachments/{id}": "v3/attachments AttachmentsController.update",
    "POST /types": "contrib/types_manage VolumeTypesManageController._create",
    "PUT /types/{id}": "contrib/types_manage VolumeTypesManageController._update",
    "POST /types/{id}/extra_specs": "contrib/types_extra_specs VolumeTypeExtraSpecsController.create",
    "PUT /types/{id}/extra_specs/{key}": "contrib/types_extra_specs VolumeTypeExtraSpecsController.update",
    "POST /types/{id}/encryption": "contrib/volume_type_encryption VolumeTypeEncryptionController.create",
    "POST /types/{id}/action addProjectAccess": (
        "contrib/volume_type_access VolumeTypeActionController._addProjectAccess"
    ),
    "POST /types/{id}/action removeProjectAccess": (
        "contrib/volume_type_access VolumeTypeActionController._removeProjectAccess"
    ),
    "PUT /os-quota-sets/{id}": "contrib/quotas QuotaSetsController.update",
    "PUT /os-quota-class-sets/{id}": "contrib/quota_classes QuotaClassSetsController.update",
    "POST /qos-specs": "contrib/qos_specs_manage QoSSpecsController.create",
    "PUT /qos-specs/{id}": "contrib/qos_specs_manage QoSSpecsController.update",
    "PUT /qos-specs/{id}/delete_keys": "contrib/qos_specs_manage QoSSpecsController.delete_keys",
    "PUT /default-types/{id}": "v3/default_types DefaultTypesController.create_update",
    "POST /volume-transfers": "v3/volume_transfer VolumeTransferController.create",
    "POST /volume-transfers/{id}/accept": "contrib/volume_transfer VolumeTransferController.accept",
    "POST /os-volume-transfer": "contrib/volume_transfer VolumeTransferController.create",
    "POST /os-volume-transfer/{id}/accept": "contrib/volume_transfer VolumeTransferController.accept",
    "POST /backups": "contrib/backups BackupsController.create",
    "POST /backups/{id}/restore": "contrib/backups BackupsController.restore",
    "POST /group_types": "v3/group_types GroupTypesController.create",
    "PUT /group_types/{id}": "v3/group_types GroupTypesController.update",
}

KEYSTONE: dict[str, str] = {
    "POST /v3/users": "users UsersResource.post",
    "PATCH /v3/users/{id}": "users UserResource.patch",
    "POST /v3/projects": "projects ProjectsResource.post",
    "PATCH /v3/projects/{id}": "projects ProjectResource.patch",
    "PUT /v3/projects/{id}/tags": "projects ProjectTagsResource.put",
    "POST /v3/domains": "domains DomainsResource.post",
    "PATCH /v3/domains/{id}": "domains DomainResource.patch",
    "POST /v3/roles": "roles RolesResource.post",
    "PATCH /v3/roles/{id}": "roles RoleResource.patch",
    "POST /v3/services": "services ServicesResource.post",
    "PATCH /v3/services/{id}": "services ServiceResource.patch",
    "POST /v3/endpoints": "endpoints EndpointsResource.post",
    "PATCH /v3/endpoints/{id}": "endpoints EndpointResource.patch",
    "POST /v3/regions": "regions RegionsResource.post",
    "PUT /v3/regions/{id}": "regions RegionResource.put",
    "PATCH /v3/regions/{id}": "regions RegionResource.patch",
    "POST /v3/groups": "groups GroupsResource.post",
    "PATCH /v3/groups/{id}": "groups GroupResource.patch",
    "POST /v3/credentials": "credentials CredentialsResource.post",
    "PATCH /v3/credentials/{id}": "credentials CredentialResource.patch",
    "POST /v3/users/{id}/application_credentials": "users UserAppCredListCreateResource.post",
    "POST /v3/OS-TRUST/trusts": "trusts TrustsResource.post",
}

# Checked in a method's body instead: module, schema or function, the part of the body that it gets, and what it gets
# where there is none.
INSIDE: dict[str, dict[str, tuple[str, str, str, dict[str, str] | None]]] = {
    "keystone": {
        "POST /v3/auth/tokens": ("keystone.auth.schema", "validate_issue_token_auth", "auth", None),
        "POST /v3/users/{id}/password": ("keystone.identity.schema", "password_change", "user", {}),
    },
}

TABLES = {"nova": NOVA, "cinder": CINDER, "keystone": KEYSTONE}
