"""Exchange → text, HTML, curl, Python, raw HTTP, table. Pure functions of redacted exchanges; no I/O."""
