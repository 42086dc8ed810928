"""What `./loa test` makes of its arguments."""

from deploy.test import split


def test_what_stands_after_two_dashes_goes_to_pytest() -> None:
    assert split(["unit", "--", "-k", "relay"]) == (["unit"], ["-k", "relay"])


def test_without_two_dashes_all_is_ours() -> None:
    assert split(["unit", "fault"]) == (["unit", "fault"], [])
