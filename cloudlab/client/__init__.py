"""The learner's side of the wire."""
