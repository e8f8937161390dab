"""Drivers without anything to drive. They run inside the services, in the services' own environment."""
