"""Everybody who judges an exchange: each takes one and returns what there is to say against it."""

from __future__ import annotations

from . import bodies, images, responses

ALL = (responses.complaints, bodies.complaints, images.complaints)
BUT = {"": (), "answers": (responses.complaints,)}  # who still listens to a test that is marked
