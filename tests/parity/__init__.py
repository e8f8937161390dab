"""What the embedded cloud has of each service, and what proves it: docs/parity.md is made here."""
