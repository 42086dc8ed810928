"""What outlives the power: the journal's events and the accepted documents, in one SQLite file."""

from speaker_node.store.opening import memory_store, open_store
from speaker_node.store.store import MOST_UNTOLD, RESERVE, Store

__all__ = ["MOST_UNTOLD", "RESERVE", "Store", "memory_store", "open_store"]
