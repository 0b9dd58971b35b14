"""The extension of Jupyter's server: installed with the course, and without delay."""

from types import SimpleNamespace

from helpers import server


def test_the_installed_course_tells_the_server_of_it(interpreter):
    done = interpreter("-m", "jupyter", "server", "extension", "list")
    said = done.stdout + done.stderr
    assert "helpers.server" in said.split("Validating helpers.server")[1].split("OK")[0]
    assert server._jupyter_server_extension_points() == [{"module": "helpers.server"}]


def test_each_connection_is_without_delay_from_its_start():
    done = []

    class Usual:
        websocket_handler = SimpleNamespace(set_nodelay=lambda on: done.append(("nodelay", on)))

        def connect(self):
            done.append("connect")
            return "future"

    name = "kernel_websocket_connection_class"
    app = SimpleNamespace(web_app=SimpleNamespace(settings={name: Usual}))
    server._load_jupyter_server_extension(app)
    assert issubclass(app.web_app.settings[name], Usual)
    assert app.web_app.settings[name]().connect() == "future"
    assert done == [("nodelay", True), "connect"]
