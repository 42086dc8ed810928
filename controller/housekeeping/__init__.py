"""Chores: settle verdicts, prune, back up at night; watch over the nodes all day. Never airing."""

from controller.housekeeping.chores import Housekeeping
from controller.housekeeping.pruning import Limits
from controller.housekeeping.watching import Watch

__all__ = ["Housekeeping", "Limits", "Watch"]
