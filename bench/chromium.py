"""The browser of the benches: Debian's Chromium, headless, alone with the page."""

import os
import shutil

QUIET = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
"""What every browser here is started with: no request of its own, and sound without a click."""

DEVICES = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=30"]
"""A camera and a microphone that need no permission."""


def path() -> str | None:
    """Where it is: ``APARTE_CHROMIUM``, or the system's; None when there is none."""
    return os.environ.get("APARTE_CHROMIUM") or shutil.which("chromium")
