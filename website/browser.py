"""The installed browser that opens pages; tests of the course start it in the same way."""

import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip


def executable() -> str:
    """The path of an installed browser of the Chromium family.

    Raises:
        RuntimeError: If there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise RuntimeError(f"no browser on the path: install one of {', '.join(BROWSERS)}")
    return found
