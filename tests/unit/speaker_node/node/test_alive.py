"""What the watchdog is fed by: a table of signs."""

import pytest

from speaker_node.node.alive import PATIENCE, SECOND, Signs, stuck

NOW = 10_000 * SECOND
ROWS = {
    "all advances": (Signs(NOW, NOW, NOW), ()),
    "sound and guard were there a minute ago": (Signs(NOW, NOW - 60 * SECOND, NOW), ()),
    "one of them does not come back": (Signs(NOW, NOW - 120 * SECOND, NOW), ("sound or guard",)),
    "the link waits for its next try": (Signs(NOW, NOW, NOW - 10 * SECOND), ()),
    "the link's thread hangs": (Signs(NOW, NOW, NOW - 120 * SECOND), ("link",)),
    "a write takes its time": (Signs(NOW, NOW, NOW, NOW - 59 * SECOND), ()),
    "a write hangs": (Signs(NOW, NOW, NOW, NOW - 60 * SECOND), ("disk",)),
    "nothing advances": (Signs(NOW, 0, 0, 0), ("sound or guard", "link", "disk")),
    "a link whose clock is ahead": (Signs(NOW, NOW, 2**62), ()),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_watchdog_is_fed_while_every_part_advances(row: str) -> None:
    signs, still = ROWS[row]
    assert stuck(signs, PATIENCE) == still
