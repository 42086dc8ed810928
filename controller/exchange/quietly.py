"""Says the same thing at most once a minute, and then how often it was."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

EVERY = timedelta(minutes=1)


class Quietly:
    """A log that strangers cannot fill."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said: dict[str, datetime] = {}
        self._unsaid: Counter[str] = Counter()

    def warn(self, about: str, detail: str, now: datetime) -> None:
        """Log a warning about something, with one example of it."""
        self._unsaid[about] += 1
        last = self._said.get(about)
        if last is None or now - last >= EVERY:
            self._log.warning("%s (%d times): %s", about, self._unsaid.pop(about), detail)
            self._said[about] = now
