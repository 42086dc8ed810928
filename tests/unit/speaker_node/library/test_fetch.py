"""What a fetch raises, so that the one worker of the library never dies of it."""

from pathlib import Path

import pytest

from speaker_node.library.fetch import FetchError, Lack, fetch, new_client


def test_a_client_that_the_deadline_closed_is_a_stalled_server() -> None:
    client = new_client(1.0)
    client.close()
    with pytest.raises(FetchError) as told:
        fetch(client, "http://127.0.0.1:9/assets/x", Path("/nowhere/x.part"), 10, 1.0, lambda: True)
    assert told.value.lack is Lack.STALLED
    assert told.value.keep
