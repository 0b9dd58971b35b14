"""At most so many calls a second, never one behind another, and never without the last."""

import threading
import time
from collections.abc import Callable

from zmq import ZMQError

_AHEAD = 2  # calls that may be unanswered


class Throttle:
    """Calls `send()` soon after each `request()`: at once if it may, else a little later.

    Requests that come in between are answered by one call. While two calls are unanswered
    (`done()` has not come), the next waits up to `patience` seconds: a slow page is not flooded,
    a page that does not answer (hidden, or there is none) is still kept up to date now and then.
    Two, since the way to the page and back takes longer than a frame.

    A message that cannot be sent (`ZMQError`) is no failure of the caller, which may be a training:
    `send()` is called again after the pause. It sets widgets within `hold_sync()`, which keeps
    what was not sent; without, a value that is set again would count as sent.

    Args:
        send: Does the work with what there is at that moment; called from any thread.
        rate: Most calls a second.
        patience: Seconds to wait for `done()`.
    """

    def __init__(self, send: Callable[[], None], rate: float = 30, patience: float = 0.25):
        if not rate > 0:
            raise ValueError(f"rate={rate!r}: must be above 0")
        self._send, self._pause, self._patience = send, 1 / rate, patience
        self._state = threading.Lock()  # guards the five fields below, held for moments only
        self._asked = self._closed = False
        self._unanswered = 0
        self._last = -float("inf")
        self._timer: threading.Timer | None = None

    def request(self) -> None:
        """Ask for a call; from any thread."""
        self._go(asked=True)

    def done(self, left: int = 0) -> None:
        """All calls but the last `left` have had their effect."""
        self._go(left=left)

    def flush(self) -> None:
        """Answer an open request now, without waiting for anything."""
        self._go(now=True)

    def close(self) -> None:
        """Drop what is open; later requests do nothing."""
        with self._state:
            self._closed = True
            self._stop_timer()

    def _go(self, asked: bool = False, left: int | None = None, now: bool = False) -> None:
        with self._state:
            self._asked |= asked
            if left is not None:
                self._unanswered = left
            if self._closed or not self._asked:
                return
            held = self._unanswered >= _AHEAD
            pause = max(self._pause, self._patience) if held else self._pause
            delay = 0 if now else self._last + pause - time.monotonic()
            if delay > 0:
                # an answer brings the next call forward
                if self._timer is None or left is not None:
                    self._stop_timer()
                    self._timer = threading.Timer(delay, self._go)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._stop_timer()
            self._asked, self._last = False, time.monotonic()
            self._unanswered += 1
        try:
            self._send()  # without the lock: it may take locks of its own, and ask again
        except ZMQError:
            self._go(asked=True)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
