"""DESIGN's bars, measured. `python -m tests.bench`; not a test: what it prints depends on the machine."""
