"""What the auxiliary contact says against what the lines are held to, pure: for long another thing is a stuck relay."""

from dataclasses import dataclass

SETTLE_NS = 1_000_000_000
"""ns that a relay and a contactor behind it may take, with their bounce, until the contact is judged."""
STUCK_OPEN, STUCK_CLOSED, PINS = "stuck_open", "stuck_closed", "pins"


@dataclass(frozen=True, slots=True)
class Contact:
    """What the lines were last held to, and since when (monotonic ns) the contact has said otherwise (None: agrees)."""

    closed: bool = False
    differs_since: int | None = None


def looked(contact: Contact, closed: bool, read_back: bool | None, now_ns: int) -> Contact:
    """After one more look; a contact that is not wired (None) agrees."""
    if read_back is None or read_back is closed:
        return Contact(closed)
    if contact.closed is closed and contact.differs_since is not None:
        return contact
    return Contact(closed, now_ns)


def stuck(contact: Contact, now_ns: int) -> str:
    """STUCK_OPEN, STUCK_CLOSED, or nothing (yet)."""
    if contact.differs_since is None or now_ns - contact.differs_since < SETTLE_NS:
        return ""
    return STUCK_OPEN if contact.closed else STUCK_CLOSED


def judged_at(contact: Contact) -> int | None:
    """When a contact that differs is judged; None while it agrees."""
    return None if contact.differs_since is None else contact.differs_since + SETTLE_NS
