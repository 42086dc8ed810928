"""Chores of the night: settle verdicts, prune, back up. Never airing."""

from controller.housekeeping.chores import Housekeeping
from controller.housekeeping.pruning import Limits

__all__ = ["Housekeeping", "Limits"]
