"""What goes down and what came up: compute, sign, write owed and document in one transaction; answer births.

Level-triggered: a document is signed where what it says differs from the last one signed, and published where the
broker does not hold it. So what a crash cut short is done by the next look, and nothing goes out when nothing changed.
"""

from controller.exchange.exchange import Exchange
from controller.exchange.shelf import Outgoing
from controller.exchange.upward import Arrived

__all__ = ["Arrived", "Exchange", "Outgoing"]
