"""Extensions of Jupyter's server and of nbconvert: frames at once, saved panels as pictures.

By default TCP holds a small message back until the one before it is acknowledged (Nagle's
algorithm, RFC 896), which a browser may put off for 40 ms. A live figure sends small messages all
the time: they arrived in pairs, 20 a second where 30 were sent.

A page prefers a widget's view to the picture beside it, and where no kernel has the widget any
more it says "Error displaying widget: model not found", or nothing. So notebooks are saved and
exported without the views that have a picture or words beside them. A page that is reloaded while
the kernel still has the widget gets the view back, and with it the living panel.

Installing the course installs `regularising-neural-networks.json`, by which the server finds this
module, and `jupyter_nbconvert_config.json`, by which nbconvert does.
"""

import inspect

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STANDS_IN = {"image/png", "text/markdown"}  # what is shown in place of a view
PATIENCE = 2  # seconds for a kernel, which may be busy, to say which widgets it has


def drop_views(notebook: dict) -> dict[tuple[str, int], dict]:
    """Drop the views of widgets that have a picture or words beside them, in place.

    Args:
        notebook: Of format 4.

    Returns:
        The dropped views, by cell id and position among the cell's outputs.
    """
    dropped = {}
    for place, data in _bundles(notebook):
        if WIDGET_VIEW in data and STANDS_IN & set(data):
            dropped[place] = data.pop(WIDGET_VIEW)
    return dropped


def export_pictures(notebook, resources):
    """A preprocessor of nbconvert: pictures instead of widgets, which need a network to show."""
    drop_views(notebook)
    return notebook, resources


class SavedPanels:
    """Takes the views of widgets out of notebooks that are saved, and gives living ones back.

    Args:
        contents: The server's contents manager.
        widgets_of: An async function: the ids of the widgets that a notebook's kernel has now.
    """

    def __init__(self, contents, widgets_of):
        self._widgets_of, self._views = widgets_of, {}
        contents.register_pre_save_hook(self.save)
        if inspect.iscoroutinefunction(contents.get):  # another cannot wait for a kernel
            self._read, contents.get = contents.get, self.get

    def save(self, model: dict, path: str, **_) -> None:
        """Drop the views from what is about to be saved."""
        if model["type"] == "notebook" and model.get("content"):
            self._views[path.strip("/")] = drop_views(model["content"])

    async def get(self, path: str, *args, **kwargs) -> dict:
        """A file as the contents manager gives it, with the views whose widgets live."""
        model = await self._read(path, *args, **kwargs)
        views = self._views.get(path.strip("/"))
        if views and model["type"] == "notebook" and model["content"]:
            living = await self._widgets_of(path.strip("/"))
            for place, data in _bundles(model["content"]):
                if place in views and views[place]["model_id"] in living:
                    data[WIDGET_VIEW] = views[place]
        return model


def _bundles(notebook):
    """The mime bundles of a notebook's outputs, each with its place."""
    for cell in notebook.get("cells", ()):
        for at, output in enumerate(cell.get("outputs", ())):
            if "data" in output:
                yield (cell.get("id"), at), output["data"]


def _jupyter_server_extension_points():
    return [{"module": "helpers.server"}]


def _load_jupyter_server_extension(app):
    """Switch the delay off (TCP_NODELAY) for each connection to a kernel; save pictures."""
    name = "kernel_websocket_connection_class"
    usual = app.web_app.settings[name]

    class Prompt(usual):
        def connect(self):
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    app.web_app.settings[name] = Prompt

    async def widgets_of(path: str) -> set[str]:
        found = set()
        for session in await app.session_manager.list_sessions():
            if session["path"] == path:
                kernel = app.kernel_manager.get_kernel(session["kernel"]["id"])
                found |= await _widgets(kernel)
        return found

    SavedPanels(app.contents_manager, widgets_of)


async def _widgets(kernel) -> set[str]:
    """The ids of the widgets that a kernel has; none if it does not answer in time."""
    client = kernel.client()
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        reply = await client.comm_info("jupyter.widget", reply=True, timeout=PATIENCE)
        return set(reply["content"].get("comms", ()))
    except TimeoutError:
        return set()
    finally:
        client.stop_channels()
