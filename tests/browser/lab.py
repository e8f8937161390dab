"""JupyterLab for the tests: started on a port of its own, with a notebook that is run in a real browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from cloudlab.sim import home
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.steered import ANY

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "notebook-extension/tracker.jupyterlab-settings": '{"windowingMode": "none"}',
    "apputils-extension/notification.jupyterlab-settings": '{"fetchNews": "false", "checkForUpdates": false}',
}
IDLE = re.compile(r"\| (Idle|대기)")  # in English or Korean
RUN_MENU = 3  # File, Edit, View, Run
DONE = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(p => /\\[\\d+\\]/.test(p.textContent))"


@contextmanager
def jupyter(folder, state) -> Iterator[str]:
    """JupyterLab in a folder, with a cloud of its own over sockets: its address."""
    home.start(state, ports=ANY)
    address = f"http://127.0.0.1:{free_port()}"
    try:
        with pytest.MonkeyPatch.context() as patch, (folder / "log").open("w") as log:
            patch.setenv("CLOUDLAB_MODE", "up")
            patch.setenv("CLOUDLAB_STATE", str(state))
            with start(folder, urlsplit(address).port, log) as server:
                try:
                    yield answering(address)
                finally:
                    server.kill()
    finally:
        home.stop(state)


@contextmanager
def notebook_run(tmp_path_factory, cells) -> Iterator:
    """The page of a notebook with these cells, run on a cloud of its own over sockets."""
    folder, state = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("state")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "cells.ipynb")
    write_settings(folder)
    try:
        with jupyter(folder, state) as address:
            yield from in_the_browser(f"{address}/lab/tree/cells.ipynb?reset")
    finally:
        shutil.rmtree(folder)


def in_the_browser(url):
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.set_default_timeout(30_000)
        run_all(page, url)
        yield page
        browser.close()


def run_all(page, url):
    """Open a notebook, and run all of its cells."""
    page.goto(url)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text(IDLE).first.wait_for()  # the kernel is there
    page.locator(".lm-MenuBar-item").nth(RUN_MENU).click()
    page.locator(
        '.lm-Menu-item[data-command="runmenu:run-all"]'
    ).click()  # in whichever language it is written
    page.wait_for_function(DONE)


def write_settings(folder):
    for name, text in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(home, port, log):
    folders = {
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "PYTHONPATH": ROOT,
    }
    options = ["--no-browser", f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={home}"]
    at_home = ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url="]
    return subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", *options, *at_home],
        env={**os.environ, **{name: str(value) for name, value in folders.items()}},
        stdout=log,
        stderr=log,
    )


def answering(address):
    """The address, once somebody answers there."""
    patient = requests.Session()
    patient.trust_env = False
    patient.mount("http://", HTTPAdapter(max_retries=Retry(total=200, backoff_factor=0.1, backoff_max=0.3)))
    assert patient.get(f"{address}/api").ok
    return address
