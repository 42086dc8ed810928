"""What nodes told, written down: many messages, one transaction. The only writer for nodes.

`ingest` takes what the exchange has verified. It is idempotent, so whatever is told again, after a crash or by a
broker, changes nothing; what may be acknowledged is what the transaction holds once it is committed.
"""

from controller.storage.ingest.batch import ingest
from controller.storage.ingest.signs import KINDS as SIGNS
from controller.storage.ingest.told import Acknowledged, NotTaken, Taken, Told, ToldEvent, ToldEvents

__all__ = ["SIGNS", "Acknowledged", "NotTaken", "Taken", "Told", "ToldEvent", "ToldEvents", "ingest"]
