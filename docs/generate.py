"""Write what is generated: the badge in README.md, docs/operations.md, lesson 08's picture. `make docs`."""

import contextlib
import io
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BADGE = re.compile(r"(<!-- binder -->\n).*?(\n<!-- /binder -->)", re.DOTALL)
FIRST_LESSON = "lab/tree/notebooks/00-start.ipynb"


def repository() -> str:
    """owner/name, from the one place where the address is set."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["cloudlab"]["repository"]
    return address.removeprefix("https://github.com/").rstrip("/")


def with_badge(readme: str, repository: str) -> str:
    """The README with the badge of this repository."""
    url = f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath={FIRST_LESSON}"
    badge = f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({url})"
    text, count = BADGE.subn(lambda found: found[1] + badge + found[2], readme)
    if count != 1:
        raise ValueError("README.md has lost its <!-- binder --> marks")
    return text


def operations() -> str:
    """docs/operations.md, from the route tables."""
    from cloudlab.sim.operations import as_markdown

    return as_markdown()


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
    readme = ROOT / "README.md"
    readme.write_text(with_badge(readme.read_text("utf-8"), repository()), "utf-8")
    (ROOT / "docs" / "operations.md").write_text(operations(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
