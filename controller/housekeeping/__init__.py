"""Chores: settle verdicts, prune, back up at night; watch the nodes and bind the message book all day. Never airing."""

from controller.housekeeping.binding import Binder, Bindery
from controller.housekeeping.chores import Housekeeping
from controller.housekeeping.pruning import Limits
from controller.housekeeping.watching import Watch

__all__ = ["Binder", "Bindery", "Housekeeping", "Limits", "Watch"]
