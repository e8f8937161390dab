"""Write what is generated: docs/parity.md, the marked places in README.md, lesson 08's picture. `make docs`."""

import contextlib
import io
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST_LESSON = "lab/tree/notebooks/00-start.ipynb"


def repository() -> str:
    """owner/name, from the one place where the address is set."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["cloudlab"]["repository"]
    return address.removeprefix("https://github.com/").rstrip("/")


def badge(repository: str) -> str:
    """The Binder badge of this repository."""
    url = f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath={FIRST_LESSON}"
    return f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({url})"


def with_marked(readme: str, name: str, text: str) -> str:
    """The README with this text between the marks of that name."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
    readme, count = place.subn(lambda found: found[1] + text + found[2], readme)
    if count != 1:
        raise ValueError(f"README.md has lost its <!-- {name} --> marks")
    return readme


def parity() -> tuple[str, str]:
    """docs/parity.md, and the README's line of its totals."""
    from tests.parity import page

    return page.as_markdown(), page.figures()


def figures(translate: Callable[[str], str]) -> str:
    """That line in another language."""
    from tests.parity import page

    return page.figures(translate)


def inside() -> str:
    """Lesson 08's picture: what creating a server really causes in the embedded cloud, the essential arrows."""
    from cloudlab.client.transport import in_process
    from cloudlab.lab import Lab

    lab = Lab(in_process(manual=True))
    lab.start("05-server")
    image = lab.get(lab.endpoint("image") + "/v2/images?name=cirros").json()["images"][0]["id"]
    server = {"name": "MyFirstApiVm", "imageRef": image, "flavorRef": "1"}
    with contextlib.redirect_stdout(io.StringIO()):
        lab.wait(made := lab.post(lab.endpoint("compute") + "/servers", json={"server": server}))
    return str(lab.inside(made).svg())


def main() -> int:
    """Write them all."""
    (ROOT / "notebooks" / "images" / "08-inside.svg").write_text(inside(), "utf-8")
    page, figures = parity()
    (ROOT / "docs" / "parity.md").write_text(page, "utf-8")
    readme = ROOT / "README.md"
    text = with_marked(readme.read_text("utf-8"), "binder", badge(repository()))
    readme.write_text(with_marked(text, "parity", figures), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
