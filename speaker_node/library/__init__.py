"""Assets on disk by hash: fetched over HTTP, verified before they count, kept while a document names them."""

from speaker_node.library.library import Library
from speaker_node.library.shelf import LibraryError
from speaker_node.library.terms import Limits, Wanted

__all__ = ["Library", "LibraryError", "Limits", "Wanted"]
