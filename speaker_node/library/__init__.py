"""Assets on disk by hash: fetched over HTTP, verified before they count, kept while a document names them."""

from speaker_node.library.library import Library, Limits, Wanted
from speaker_node.library.shelf import LibraryError

__all__ = ["Library", "LibraryError", "Limits", "Wanted"]
