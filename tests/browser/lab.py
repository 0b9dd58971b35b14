"""A real JupyterLab on this machine, driven by an installed browser through Playwright.

    with lab(folder) as server, browser(path) as chrome, page(chrome) as p:
        write_notebook(folder / "demo.ipynb", ["1 + 1"])
        open_notebook(p, server, "demo.ipynb")
        run_all(p)

Settings, workspaces and the like live in a folder of their own; only what was started is ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from website.browser import QUIET

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = pathlib.Path(__file__).parent / "screenshots"
LAPTOP, PROJECTOR = (1280, 800), (1920, 1080)
PATIENCE = 120_000  # ms, also for a first import of TensorFlow on a busy machine
# each canvas keeps the words that are on it
_WORDS = """
const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
    this.canvas.words = [];
    return clearRect.call(this, ...rest);
};
CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) {
    if (words) this.canvas.words?.push(words);
    return fillText.call(this, words, ...rest);
};
"""


class Server(NamedTuple):
    """Where a JupyterLab answers."""

    url: str
    token: str


@contextlib.contextmanager
def lab(folder):
    """Serve a folder until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        own = pathlib.Path(name)
        _settle(own / "settings", "apputils-extension", "notification",
                {"fetchNews": "false", "checkForUpdates": False})  # fmt: skip
        port, token = _free_port(), secrets.token_hex(16)
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
        ]  # fmt: skip
        with open(own / "lab.log", "w") as log:
            process = subprocess.Popen(
                command, env=_environment(own), stdout=log, stderr=subprocess.STDOUT
            )
        server = Server(f"http://127.0.0.1:{port}", token)
        try:
            _await(server, process, own / "lab.log")
            yield server
        finally:
            with contextlib.suppress(OSError):
                _call(server, "api/shutdown", "POST")
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.terminate()
                process.wait(20)


@contextlib.contextmanager
def voila(notebook: pathlib.Path):
    """Show a notebook with Voilà, if it is installed, until the end of the block; the address."""
    with tempfile.TemporaryDirectory(prefix="voila-") as name:
        own, port = pathlib.Path(name), _free_port()
        command = [sys.executable, "-m", "voila", notebook, "--no-browser", f"--port={port}",
                   "--Voila.ip=127.0.0.1", "--token="]  # fmt: skip
        with open(own / "voila.log", "w") as log:
            process = subprocess.Popen(
                command, env=_environment(own), stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _await(Server(f"http://127.0.0.1:{port}", ""), process, own / "voila.log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()  # it ends its kernels
            process.wait(20)


@contextlib.contextmanager
def browser(path: str):
    """An installed browser of the Chromium family, without a window."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield chrome
        finally:
            chrome.close()


@contextlib.contextmanager
def page(chrome: Browser, size: tuple[int, int] = LAPTOP, ratio: float = 1):
    """A fresh page; its `complaints` gather what went wrong in the browser's console."""
    context = chrome.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=ratio
    )
    made = context.new_page()
    made.add_init_script(_WORDS)
    made.complaints = []
    made.on("pageerror", lambda e: made.complaints.append(str(e)))
    made.on("console", lambda m: made.complaints.append(m.text) if _is_ours(m) else None)
    try:
        yield made
    finally:
        context.close()


def write_notebook(path: pathlib.Path, cells: list[str]) -> None:
    """Write a notebook of code cells."""
    found = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "outputs": [],
         "execution_count": None, "source": source}
        for i, source in enumerate(cells)
    ]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": found, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    path.write_text(json.dumps(notebook), encoding="utf-8")


def open_notebook(p: Page, server: Server, name: str) -> None:
    """Open a notebook and wait until its kernel really answers."""
    p.goto(f"{server.url}/doc/tree/{name}?token={server.token}&reset")
    p.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE)
    session = "window.jupyterapp?.shell?.currentWidget?.context?.sessionContext"
    p.wait_for_function(f"() => !!{session}", timeout=PATIENCE)
    # the indicator says "idle" before a kernel is there: ask the kernel itself
    p.evaluate(
        f"""async () => {{
            const context = {session};
            await context.ready;
            for (let i = 0; i < 600 && !context.session?.kernel; i++)
                await new Promise(resolve => setTimeout(resolve, 100));
            await context.session.kernel.info;
            return null;
        }}"""
    )


def run_all(p: Page) -> None:
    """Run all cells; returns at once."""
    command(p, "notebook:run-all-cells")


_CONTEXT = "window.jupyterapp.shell.currentWidget.context.sessionContext"


def begin(p: Page, code: str) -> None:
    """Run code in the notebook's kernel; returns at once."""
    p.evaluate(
        f"code => {{ {_CONTEXT}.session.kernel.requestExecute({{ code }}); return null }}", code
    )


def interrupt(p: Page) -> None:
    """Interrupt the notebook's kernel, as the stop button does."""
    p.evaluate(f"async () => {{ await {_CONTEXT}.session.kernel.interrupt(); return null }}")


def wait_until_busy(p: Page) -> None:
    """Wait until the notebook's kernel runs code."""
    p.wait_for_function(f"{_CONTEXT}.session.kernel.status === 'busy'", timeout=PATIENCE)


def restart(p: Page) -> None:
    """Restart the notebook's kernel and wait until the new one answers."""
    p.evaluate(
        f"""async () => {{
            await {_CONTEXT}.session.kernel.restart();
            await {_CONTEXT}.session.kernel.info;
            return null;
        }}"""
    )


def ask(p: Page, code: str) -> str:
    """Run code in the notebook's kernel; return what it prints."""
    return p.evaluate(
        """async code => {
            const context = CONTEXT;
            const request = context.session.kernel.requestExecute({ code });
            let said = "";
            request.onIOPub = message => {
                if (message.header.msg_type === "stream") said += message.content.text;
                if (message.header.msg_type === "error") said += message.content.evalue;
            };
            await request.done;
            return said.trim();
        }""".replace("CONTEXT", _CONTEXT),
        code,
    )


def end_kernels(server: Server) -> None:
    """End all kernels, as closing JupyterLab does: what they train takes time from other tests."""
    address = f"{server.url}/api/sessions?token={server.token}"
    with urllib.request.urlopen(address) as answer:
        for session in json.load(answer):
            _call(server, f"api/sessions/{session['id']}", "DELETE", seconds=60)


def complaints(p: Page) -> list[str]:
    """What went wrong in the console and what cells wrote to stderr."""
    errors = p.locator('[data-mime-type*="stderr"], [data-mime-type*="error"]')
    return [*p.complaints, *errors.all_inner_texts()]


def command(p: Page, name: str, **arguments) -> None:
    """Execute a command of JupyterLab; returns at once."""
    p.evaluate(
        "([name, args]) => { window.jupyterapp.commands.execute(name, args); return null }",
        [name, arguments],
    )


def choose_theme(p: Page, name: str) -> None:
    """Switch JupyterLab's theme: "JupyterLab Light" or "JupyterLab Dark"."""
    command(p, "apputils:change-theme", theme=name)
    light = "true" if name.endswith("Light") else "false"
    body = f'body[data-jp-theme-light="{light}"]'
    p.wait_for_selector(body, state="attached", timeout=PATIENCE)


def keep_screenshot(p: Page, name: str) -> None:
    """Keep what the page shows under `screenshots/`."""
    SCREENSHOTS.mkdir(exist_ok=True)
    p.screenshot(path=SCREENSHOTS / f"{name}.png")


def slider(p: Page, panel: str, which: int = 0):
    """The handle of a panel's slider; `panel` is a CSS selector."""
    return p.locator(f"{panel} .noUi-handle").nth(which)


def frame_number(p: Page, panel: str) -> int:
    """The number of the frame that a panel's canvas shows."""
    return int(p.locator(f"{panel} .live-figure").first.get_attribute("data-number") or 0)


def painted(p: Page, panel: str) -> list[str]:
    """The words on a panel's canvas now."""
    return p.locator(f"{panel} .live-figure-canvas").first.evaluate("canvas => canvas.words")


def wait_for_picture(p: Page, panel: str, name: str) -> list[str]:
    """Let the kernel's panel `name` finish and the page show its last frame; its words."""
    rest = f"getattr({name}, 'wait', {name}.live_figure.flush)()"
    number = int(ask(p, f"{rest}; print({name}.live_figure.number)"))
    shown = p.locator(f"{panel} .live-figure").first.element_handle()
    # or a later one: words that a clock brings may follow, and a page skips frames
    p.wait_for_function(
        "([figure, number]) => Number(figure.dataset.number) >= number",
        arg=[shown, number],
        timeout=PATIENCE,
    )
    return painted(p, panel)


def _is_ours(message) -> bool:
    # JupyterLab itself logs failed look-ups of optional files and the like
    ours = ("anywidget", "live_figure", "widget", "Widget")
    return message.type == "error" and any(word in message.text for word in ours)


def _settle(folder, extension, plugin, settings) -> None:
    place = folder / "@jupyterlab" / extension
    place.mkdir(parents=True)
    (place / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))


def _environment(own: pathlib.Path) -> dict:
    found = dict(
        os.environ,
        JUPYTERLAB_SETTINGS_DIR=str(own / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(own / "workspaces"),
        JUPYTER_CONFIG_DIR=str(own / "config"),
        JUPYTER_RUNTIME_DIR=str(own / "runtime"),
        IPYTHONDIR=str(own / "ipython"),
        PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    )
    found.pop("PYTEST_CURRENT_TEST", None)
    return found


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _call(server: Server, path: str, method: str = "GET", seconds: float = 5) -> None:
    address = f"{server.url}/{path}?token={server.token}"
    with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=seconds):
        pass


def _await(server: Server, process, log: pathlib.Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        try:
            return _call(server, "api")
        except urllib.error.HTTPError:
            return None  # Voilà has no such address: it answers
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the server did not answer:\n{log.read_text()}")
