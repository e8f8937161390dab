"""Per lesson: what it needs beforehand, and how its exercise is graded."""
