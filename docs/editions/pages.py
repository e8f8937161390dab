"""What is text in an edition beside its notebooks: pictures and the README. By path, as they have to be."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from babel.core import Locale, get_global

from cloudlab.language import FIRST, speaking
from docs import generate
from docs.editions.extract import GENERATED, ROOT, SVG, blocks, is_prose, worded

IMAGES = ROOT / "notebooks" / "images"
OVERRIDES = Path(".jupyter/labconfig/default_setting_overrides.json")
Translate = Callable[[str], str]


def pages(language: str, translate: Translate) -> dict[Path, str]:
    """All of them."""
    folder = ROOT / "notebooks" / language / "images"
    found = {folder / path.name: picture(path, language, translate) for path in sorted(IMAGES.glob("*.svg"))}
    with speaking(language):
        found[folder / GENERATED[0]] = generate.inside()
    found[ROOT / f"README.{language}.md"] = readme(language, translate)
    found[ROOT / "notebooks" / language / OVERRIDES] = overrides(language)
    return found


def picture(path: Path, language: str, translate: Translate) -> str:
    ElementTree.register_namespace("", SVG.strip("{}"))
    root = ElementTree.parse(path).getroot()
    root.set("lang", language)
    for element, place in worded(root):
        setattr(element, place, translate(getattr(element, place)))
    return ElementTree.tostring(root, "unicode") + "\n"


def readme(language: str, translate: Translate) -> str:
    """The README; its badge opens this language's first lesson."""
    page = (
        (ROOT / "README.md")
        .read_text("utf-8")
        .replace(generate.FIRST_LESSON, f"lab/tree/notebooks/{language}/{FIRST}")
    )
    whole = "\n\n".join(translate(block) if is_prose(block) else block for block in blocks(page)) + "\n"
    return generate.with_marked(whole, "parity", generate.figures(translate))


def overrides(language: str) -> str:
    """What has JupyterLab open in this language, where it has its language pack; a learner's own setting is stronger.

    It names a language with the country that it is most spoken in: ko_KR.
    """
    likely = Locale.parse(get_global("likely_subtags").get(language, language))
    setting = {
        "@jupyterlab/translation-extension:plugin": {"locale": f"{likely.language}_{likely.territory}"}
    }
    return json.dumps(setting, indent=2) + "\n"
