"""`python -m tests.support.slow_line DEVICE PID:ADDRESS PID:ADDRESS DELAY JITTER LOSS TWICE RATE`: two TUN devices.

One in the network namespace of each process, joined by a line that delays, reorders, loses, doubles and paces packets
(tests.support.netns.Slow says in which units). Prints `up` once both are there; ends when told to.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

from tests.support.netns import Slow

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def end(device: str, pid: str, own: str, peer: str) -> int:
    """A TUN device in the namespace of a process; its descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
        subprocess.run(["ip", "addr", "add", own, "peer", peer, "dev", device], check=True)
        subprocess.run(["ip", "link", "set", device, "up"], check=True)
    finally:
        libc.setns(here, CLONE_NEWNET)
        os.close(here)
        os.close(there)
    return tun


class Bridge:
    """Carries packets between two ends."""

    def __init__(self, ends: tuple[int, int], how: Slow, seed: int = 1) -> None:
        self._other = {ends[0]: ends[1], ends[1]: ends[0]}
        self._how, self._chance = how, random.Random(seed)
        self._free = dict.fromkeys(ends, 0.0)
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._count = 0

    def turn(self) -> None:
        """Wait for what comes in or is due, and carry it."""
        due = self._under_way[0][0] - time.monotonic() if self._under_way else 1.0
        for each in select.select(list(self._other), [], [], min(1.0, max(0.0, due)))[0]:
            with contextlib.suppress(BlockingIOError):
                for _ in range(64):
                    self._take(each, os.read(each, 2048))
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            _, _, to, packet = heapq.heappop(self._under_way)
            with contextlib.suppress(OSError):
                os.write(to, packet)

    def _take(self, at: int, packet: bytes) -> None:
        how = self._how
        if self._chance.random() * 100 < how.loss:
            return
        leaves = time.monotonic()
        if how.rate:
            leaves = self._free[at] = max(self._free[at], leaves) + len(packet) * 8 / (how.rate * 1000)
        for _ in range(2 if self._chance.random() * 100 < how.twice else 1):
            self._count += 1
            comes = leaves + (how.delay + self._chance.random() * how.jitter) / 1000
            heapq.heappush(self._under_way, (comes, self._count, self._other[at], packet))


def main(arguments: list[str]) -> None:
    """Until told to end."""
    device, office, field = arguments[:3]
    (pid_a, address_a), (pid_b, address_b) = (each.split(":") for each in (office, field))
    ends = end(device, pid_a, address_a, address_b), end(device, pid_b, address_b, address_a)
    print("up", flush=True)
    bridge = Bridge(ends, Slow(*map(float, arguments[3:])))
    parent = os.getppid()
    while os.getppid() == parent:
        bridge.turn()


if __name__ == "__main__":
    main(sys.argv[1:])
