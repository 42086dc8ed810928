"""A log by its bytes: what is damage and what is the end that a power cut leaves."""

from speaker_node.store.writeahead import PAGE, Frame, damaged, image


def frame(page: int, size: int = 0, *, whole: bool = True, byte: bytes = b"a") -> Frame:
    return Frame(page, size, whole, byte * PAGE)


FILE = bytes(2 * PAGE)


def test_what_is_not_whole_is_damage_only_where_a_later_commit_was_begun() -> None:
    """Its own was on the disk before the next began; the last one may be what a power cut left."""
    bad = frame(1, 2, whole=False)
    assert not damaged(())
    assert not damaged((frame(1, 2), bad))
    assert not damaged((frame(1, 2), frame(1, whole=False), frame(2, 2)))
    assert damaged((frame(1, 2), bad, frame(2)))
    assert damaged((frame(1, whole=False), frame(2, 2), frame(1)))


def test_what_older_commits_left_behind_a_torn_one_is_no_damage() -> None:
    """Its frames fit one another, but do not go on from the commit before them."""
    torn = (frame(1, 2), frame(1, whole=False), frame(2, 2, whole=False))
    assert not damaged((*torn, frame(1, whole=False), frame(2), frame(2, 2)))


def test_the_file_with_its_log_has_every_commit_in_order_and_nothing_of_one_that_did_not_end() -> None:
    found = image(FILE, (frame(1, 2), frame(1, byte=b"b"), frame(3, 3, byte=b"c"), frame(2, byte=b"d")))
    assert len(found) == 3 * PAGE
    assert (found[0], found[PAGE], found[2 * PAGE]) == (ord("b"), 0, ord("c"))


def test_a_torn_end_is_left_out_and_behind_damage_all_is_taken() -> None:
    torn = image(FILE, (frame(1, 2), frame(2, 2, whole=False, byte=b"b")))
    assert (torn[0], torn[PAGE]) == (ord("a"), 0)
    spoilt = image(FILE, (frame(1, 2), frame(2, 2, whole=False, byte=b"b"), frame(1, 2, byte=b"c")))
    assert (spoilt[0], spoilt[PAGE]) == (ord("c"), ord("b"))


def test_a_page_number_that_flipped_writes_nowhere() -> None:
    found = image(FILE, (frame(1, 2), frame(1 << 30, whole=False), frame(0, 2, whole=False), frame(2, 2)))
    assert len(found) == 2 * PAGE


def test_a_commit_that_made_the_file_shorter_leaves_it_shorter() -> None:
    assert len(image(FILE, (frame(1, 1),))) == PAGE
