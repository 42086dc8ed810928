"""The guard's decision, pure: given what the agent last asked for and the moment, are the contacts closed, and why.

All instants are monotonic nanoseconds, the same clock in both processes.
"""

from dataclasses import dataclass

from speaker_node.amplifier.messages import Hold

START = "start"
LEASE = "lease"
LONGEST_ON = "longest_on"
AGENT_GONE = "agent gone"
STOP = "stop"
OFF = "off"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one Hold counts, and how long one cause may keep the contacts closed."""

    lease_ns: int
    longest_on_ns: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The newest Hold, and the cause that counts against `longest_on` since `since_ns`. The count outlives an opening:
    a cause cannot start it again by letting go, only another cause can."""

    hold: Hold
    counted: str = ""
    since_ns: int = 0


FIRST = Lease(Hold(False, START, 0))
"""Nothing was asked yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the relay lines shall be, and the cause of it."""

    closed: bool
    cause: str


def renewed(lease: Lease, hold: Hold, now_ns: int) -> Lease:
    """The lease after a Hold came in; one from the future counts as of now."""
    hold = Hold(hold.relay, hold.cause, min(hold.at_ns, now_ns))
    if not hold.relay or hold.cause == lease.counted:
        return Lease(hold, lease.counted, lease.since_ns)
    return Lease(hold, hold.cause, now_ns)


def line(lease: Lease, limits: Limits, now_ns: int) -> Line:
    """Closed only under a fresh Hold whose cause has not used up `longest_on`."""
    if not lease.hold.relay:
        return Line(False, lease.hold.cause)
    if now_ns - lease.since_ns >= limits.longest_on_ns:
        return Line(False, LONGEST_ON)
    if now_ns - lease.hold.at_ns >= limits.lease_ns:
        return Line(False, LEASE)
    return Line(True, lease.hold.cause)


def until(lease: Lease, limits: Limits, now_ns: int) -> int | None:
    """When closed contacts open by themselves; None while they are open."""
    if not line(lease, limits, now_ns).closed:
        return None
    return min(lease.hold.at_ns + limits.lease_ns, lease.since_ns + limits.longest_on_ns)
