"""The published schema of images: the real glance agreed with it, and disagreement is noticed."""

from __future__ import annotations

from dataclasses import replace

from . import images
from .recordings import recorded

NEW = {
    key: found for key, found in recorded("glance") if (found.method, found.path) == ("POST", "/v2/images")
}
TAKEN, REFUSED = NEW["glance/018_image_create"], NEW["glance/038_image_create_badformat"]


def test_the_real_glance_agreed_with_its_schema() -> None:
    assert len(NEW) >= 6
    assert [text for exchange in NEW.values() for text in images.complaints(exchange)] == []


def test_a_refusal_that_is_missing_or_wrong_is_noticed() -> None:
    assert images.complaints(replace(REFUSED, status=201, answer="{}"))
    assert images.complaints(replace(REFUSED, answer='{"message": "No."}'))


def test_a_refusal_of_what_is_right_is_noticed() -> None:
    assert images.complaints(replace(TAKEN, status=400, answer=REFUSED.answer))
