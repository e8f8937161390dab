"""What is text in an edition beside its notebooks: pictures and the README. By path, as they have to be."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from cloudlab.language import speaking
from docs import generate
from docs.editions.extract import GENERATED, ROOT, SVG, blocks, is_prose, worded

IMAGES = ROOT / "notebooks" / "images"
Translate = Callable[[str], str]


def pages(language: str, translate: Translate) -> dict[Path, str]:
    """All of them."""
    folder = ROOT / "notebooks" / language / "images"
    found = {folder / path.name: picture(path, language, translate) for path in sorted(IMAGES.glob("*.svg"))}
    with speaking(language):
        found[folder / GENERATED[0]] = generate.inside()
    found[ROOT / f"README.{language}.md"] = readme(translate)
    return found


def picture(path: Path, language: str, translate: Translate) -> str:
    ElementTree.register_namespace("", SVG.strip("{}"))
    root = ElementTree.parse(path).getroot()
    root.set("lang", language)
    for element in worded(root):
        element.text = translate(element.text or "")
    return ElementTree.tostring(root, "unicode") + "\n"


def readme(translate: Translate) -> str:
    page = (ROOT / "README.md").read_text("utf-8")
    return "\n\n".join(translate(block) if is_prose(block) else block for block in blocks(page)) + "\n"
