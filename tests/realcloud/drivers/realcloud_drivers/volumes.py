"""A disk array of 1000 GB that holds no data: cinder's own fake driver, which says of itself what LVM's would."""

from cinder.tests import fake_driver

CAPACITY = {
    "total_capacity_gb": 1000,
    "free_capacity_gb": 1000,
    "reserved_percentage": 0,
    "thin_provisioning_support": True,
    "thick_provisioning_support": False,
    "max_over_subscription_ratio": "20.0",
    "replication_enabled": False,
    "group_replication_enabled": False,
    "multiattach": True,
}


class NoDisks(fake_driver.FakeLoggingVolumeDriver):
    """Answers at once, and does nothing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.backend_name = self.configuration.safe_get("volume_backend_name")
        self.protocol = "iSCSI"

    def _update_volume_stats(self):
        super()._update_volume_stats()
        self._stats["pools"][0].update(CAPACITY)

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        """There is no disk to write to."""

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        raise NotImplementedError("there is no disk to read from")

    def extend_volume(self, volume, new_size):
        """A larger nothing."""

    def initialize_connection(self, volume, connector):
        """How a host would find the disk, in the form of an iSCSI target."""
        connection = super().initialize_connection(volume, connector)
        connection["data"].update(
            volume_id=volume["id"],
            target_iqn=f"iqn.2010-10.org.openstack:volume-{volume['id']}",
            target_portal="127.0.0.1:3260",
            target_lun=0,
            target_discovered=False,
            discard=False,
            encrypted=False,
            qos_specs=None,
            auth_method="CHAP",
            auth_username="fake",
            auth_password="fake",
        )
        return connection
