"""What `./loa test` makes of its arguments."""

from pathlib import Path

import pytest

from deploy.test import in_memory, split


def test_what_stands_after_two_dashes_goes_to_pytest() -> None:
    assert split(["unit", "--", "-k", "relay"]) == (["unit"], ["-k", "relay"])


def test_without_two_dashes_all_is_ours() -> None:
    assert split(["unit", "fault"]) == (["unit", "fault"], [])


def test_where_there_is_no_room_in_memory_files_lie_where_they_always_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    assert in_memory(Path("/there/is/no/such/folder")) == {}
