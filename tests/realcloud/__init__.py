"""The real OpenStack that was recorded, without a hypervisor, on this machine: up, down, status, record."""
