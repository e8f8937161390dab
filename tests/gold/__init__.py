"""The judge: recorded answers of real OpenStack services, replayed against the embedded cloud."""
