"""Statements that make a file of this version one of an older schema: what its migration has to undo."""

AS_SCHEMA_2 = (
    "DROP TABLE keystone_domain",
    "DROP TABLE keystone_group",
    "DROP TABLE keystone_membership",
    "DROP TABLE keystone_application_credential",
    "DROP TABLE keystone_access_rule",
    "DROP TABLE keystone_credential",
    "ALTER TABLE keystone_project DROP COLUMN generation",
    "ALTER TABLE keystone_grant RENAME COLUMN actor_id TO user_id",
    "PRAGMA user_version = 2",
)

AS_SCHEMA_1 = (
    *AS_SCHEMA_2,
    "DROP TABLE neutron_rbac_policy",
    "DROP TABLE neutron_default_rule",
    "DROP TABLE neutron_tag",
    "ALTER TABLE neutron_network ADD COLUMN shared BOOLEAN NOT NULL DEFAULT 0",
    "UPDATE neutron_network SET shared = 1 WHERE name = 'private'",
    "PRAGMA user_version = 1",
)
