"""Panels that answer their controls on a page without a kernel.

    from website.replay import assets, record

    script, style = assets()            # once in the page
    record(panel).to_html("sweep")      # where the panel stands

In a notebook that is executed for a page, `website.replay.hook.install` does it for each panel.
"""

from website.replay import concepts, live, questions, sweeps  # noqa: F401  they register recorders
from website.replay.page import assets
from website.replay.recording import NotRecorded, Recording, record

__all__ = ["NotRecorded", "Recording", "assets", "record"]
