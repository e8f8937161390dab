"""Binder, for real: `binder/`'s files make an environment in an empty home, and a lesson runs in it through Jupyter.

The tests are one story, told in order; `container.py` says what Binder does, and what of it can't be played here.
What is measured is printed at the end of the run.
"""

import json
import re
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import requests

from tests.binder.container import KNOWN, Container, NotHereError, Share, tracked
from tests.binder.jupyter import Jupyter, Kernel, Ran, shown

ROOT = Path(__file__).resolve().parents[2]
BASE = "/user/owner-cloudlab-x1y2z3/"  # BinderHub makes one for each learner
TOKEN = "t0ken"
FIRST, LATER = "notebooks/00-start.ipynb", "notebooks/05-server.ipynb"
LIMIT = 700  # MiB: Jupyter's server, both lessons' kernels, the cloud
GIST = re.compile(r"^(?:\[\d+\] )?(?:[A-Z]+ http://\S+|\d{3} [A-Z][\w' -]*)", re.MULTILINE)


@pytest.fixture(scope="module")
def measured():
    return {}


@pytest.fixture(scope="module")
def container(measured):
    """The image, built. Nothing of it is there after the tests."""
    try:
        tracked(ROOT)
        built = Container(ROOT)
    except NotHereError as reason:
        pytest.skip(str(reason))
    try:
        built.copy_sources()
        for step in (built.make_python, built.install, built.post_build):
            began = time.monotonic()
            step()
            measured[f"{step.__name__} (s)"] = time.monotonic() - began
        yield built
    except NotHereError as reason:
        pytest.skip(str(reason))
    finally:
        built.close()


@pytest.fixture(scope="module")
def jupyter(container, measured):
    """The learner's server, as BinderHub starts it: behind a base URL of their own, with a token."""
    port = free_port()
    ours = {"base_url": BASE, "token": TOKEN, "trust_xheaders": "True"}
    twice = [f"--{app}.{key}={value}" for app in ("NotebookApp", "ServerApp") for key, value in ours.items()]
    server = Jupyter(port, BASE, TOKEN)
    began = time.monotonic()
    # On Binder /etc/profile leads a terminal's login shell back to the environment. Ours must not read this machine's.
    shell = '--ServerApp.terminado_settings={"shell_command": ["/bin/bash", "--norc"]}'
    container.start(
        "jupyter-lab", "--ip=127.0.0.1", f"--port={port}", *twice, shell, JUPYTERHUB_SERVICE_PREFIX=BASE
    )
    try:
        server.wait()
    except OSError as error:
        pytest.fail(f"{error}\n{container.log.read_text('utf-8')}")
    measured["first answer (s)"] = time.monotonic() - began
    return SimpleNamespace(server=server, began=began)


@pytest.fixture(scope="module")
def first(jupyter, measured):
    """Lesson 00, all cells run."""
    kernel, lesson = jupyter.server.open(FIRST), jupyter.server.lesson(FIRST)
    cells = code(lesson)
    ran = [kernel.run(cells[0]["source"])]
    measured["first executed cell (s)"] = time.monotonic() - jupyter.began
    return run_all(kernel, cells[1:], ran), cells


@pytest.fixture(scope="module")
def later(jupyter, first, measured):
    """A later lesson, opened beside the first one, all cells run."""
    began = time.monotonic()
    kernel, lesson = jupyter.server.open(LATER), jupyter.server.lesson(LATER)
    ran = run_all(kernel, code(lesson), [])
    measured["lesson 05 from its session to its end (s)"] = time.monotonic() - began
    return ran, code(lesson)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def code(lesson: dict) -> list[dict]:
    return [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]


def run_all(kernel: Kernel, cells: list[dict], ran: list[Ran]) -> list[Ran]:
    ran = ran + [kernel.run(cell["source"]) for cell in cells]
    kernel.close()  # the page is closed; the session and its kernel live on
    return ran


def gist(text: str) -> list[str]:
    """Requests and status lines only: what is the same on a clock of its own and on the wall's, on any port."""
    return [re.sub(r"127\.0\.0\.1:\d+", "cloud", line) for line in GIST.findall(text)]


def page_settings(page: str) -> dict:
    """What the server tells JupyterLab in its page."""
    return json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


def memory(shares: list[Share]) -> str:
    return f"MiB of PSS (RSS {sum(share.rss for share in shares):.0f})"


def failures(ran: list[Ran], cells: list[dict]) -> list[str]:
    meant = [any(output["output_type"] == "error" for output in cell["outputs"]) for cell in cells]
    return [r.text for r, raises in zip(ran, meant, strict=True) if (r.status == "ok") == raises]


# The files


def test_only_files_that_are_played_here_are_in_the_folder():
    assert {path.name for path in (ROOT / "binder").iterdir()} == KNOWN
    assert not (ROOT / ".binder").exists()  # repo2docker refuses both


def test_what_repo2docker_reads_at_the_root_is_hidden_by_the_folder(container):
    """The root's requirements.txt counts only because binder/'s names it; so pip has to see the whole tree."""
    lines = (container.home / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["-r ../requirements.txt"]


# The image


def test_the_python_is_the_one_that_is_asked_for(container):
    said = container.run(
        "python", "-c", "import sys; print(f'python-{sys.version_info[0]}.{sys.version_info[1]}')"
    )
    assert said == (ROOT / "binder" / "runtime.txt").read_text("utf-8")


def test_nobody_is_root(container):
    assert container.run("id", "-u").strip() != "0"
    assert container.run("python", "-c", "import cloudlab; print(cloudlab.__file__)").startswith(
        str(container.home)
    )


def test_what_is_compiled_is_there(container):
    assert len(list((container.home / "cloudlab" / "sim" / "__pycache__").iterdir())) > 10


# The server


def test_start_becomes_what_it_was_asked_for(jupyter, container):
    """`exec "$@"`: the process that Binder signals is Jupyter itself, and its parent shell is gone."""
    interpreter, program, *_ = psutil.Process(container.server.pid).cmdline()
    assert (Path(interpreter).parent, Path(program).name) == (container.venv / "bin", "jupyter-lab")


def test_the_cloud_was_started_before_jupyter(jupyter, container):
    assert re.match(r"(Port .*\n)*The embedded cloud runs \(process \d+\)", container.log.read_text("utf-8"))


def test_the_home_is_the_repository(jupyter):
    listed = {item["name"] for item in jupyter.server.get("api/contents/").json()["content"]}
    assert {"README.md", "notebooks", "cloudlab", "binder"} <= listed
    lessons = jupyter.server.get("api/contents/notebooks").json()["content"]
    assert {Path(FIRST).name, Path(LATER).name} <= {item["name"] for item in lessons}


def test_strangers_are_kept_out(jupyter):
    assert requests.get(f"http://{jupyter.server.address}api/contents/", timeout=60).status_code == 403


@pytest.mark.parametrize("form", ["the badge", f"?labpath={FIRST}"])
def test_the_badge_leads_to_the_first_lesson(jupyter, form):
    url = re.search(r"https://mybinder\.org/v2/gh/[^)]+", (ROOT / "README.md").read_text("utf-8"))[0]
    kind, _, path = (url if form == "the badge" else form).rpartition("?")[2].partition("=")
    opened = {"urlpath": path, "labpath": f"doc/tree/{path}"}[kind]  # as BinderHub's page does it
    assert opened.endswith(f"tree/{FIRST}")
    page = jupyter.server.get(opened)
    assert page.status_code == 200
    assert page_settings(page.text)["baseUrl"] == BASE


def test_nobody_is_asked_about_news(jupyter):
    """The question would lie over the lesson of each learner, each time."""
    disabled = page_settings(jupyter.server.get("lab").text)["disabledExtensions"]
    assert "@jupyterlab/apputils-extension:announcements" in disabled


def test_stored_outputs_are_trusted(jupyter):
    """`jupyter trust` in postBuild: JupyterLab shows the stored HTML with its style."""
    for path in sorted(path.relative_to(ROOT) for path in (ROOT / "notebooks").rglob("[0-9]*.ipynb")):
        cells = code(jupyter.server.lesson(path.as_posix()))
        assert [cell["metadata"].get("trusted") for cell in cells] == [True] * len(cells)


def test_pictures_are_found_below_the_base_url(jupyter):
    markdown = "".join(cell["source"] for cell in jupyter.server.lesson(FIRST)["cells"])
    pictures = re.findall(r"!\[[^]]*\]\((images/[^)]+)\)", markdown)
    assert pictures
    assert {jupyter.server.get(f"files/notebooks/{name}").status_code for name in pictures} == {200}


# The lessons


def test_the_first_cell_found_the_cloud(first, container):
    """It says the same as the stored one: nothing about a cloud that had to be started."""
    ran, cells = first
    assert ran[0].status == "ok"
    assert ran[0].text == shown(cells[0]["outputs"])
    assert "Lesson 00-start on the embedded cloud" in ran[0].text


def test_the_first_lesson_runs(first):
    ran, cells = first
    assert failures(ran, cells) == []
    assert [gist(r.text) for r in ran] == [gist(shown(cell["outputs"])) for cell in cells]
    assert sum(len(gist(r.text)) for r in ran) >= 10


def test_a_later_lesson_runs(later):
    ran, cells = later
    assert failures(ran, cells) == []
    text = "".join(r.text for r in ran)
    assert "ACTIVE" in text and "202 Accepted" in text


def test_a_terminal_finds_the_kit_and_the_same_cloud(later, jupyter, container):
    screen = jupyter.server.type("command -v cloudlab; python -m cloudlab status; pwd; echo do''ne", "done")
    assert str(container.venv / "bin" / "cloudlab") in screen
    assert f"\n{container.home}\n" in screen
    started = re.search(r"embedded cloud runs \(process (\d+)\)", container.log.read_text("utf-8"))[1]
    assert re.search(rf"^pid +{started}$", screen, re.MULTILINE)


def test_it_fits_into_the_memory(later, container, measured):
    """Two lessons are open, which is more than the bar asks. PSS: what one container is charged for, nearly."""
    shares = container.memory()
    for role in ("jupyter", "kernel", "cloud"):
        own = [share for share in shares if share.role == role]
        assert own
        measured[f"{role} × {len(own)}: {memory(own)}"] = sum(share.pss for share in own)
    whole = sum(share.pss for share in shares)
    measured[f"the whole, of at most {LIMIT}: {memory(shares)}"] = whole
    assert 50 < whole < LIMIT


# The end


def test_the_figures(later, measured, record_property):
    record_property("measured", ("Binder", [f"{value:7.1f}  {name}" for name, value in measured.items()]))
    assert measured


def test_the_end_leaves_nothing(later, container):
    assert container.stop_server() == 0
    assert container.run("python", "-m", "cloudlab", "down") == "Stopped.\n"
    assert psutil.wait_procs(container.processes(), timeout=20)[1] == []
    container.close()
    assert container.processes() == []
    assert not container.folder.exists()
