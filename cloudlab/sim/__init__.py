"""The embedded OpenStack: small, faithful, deterministic. `cloud.create_cloud` is the way in."""
