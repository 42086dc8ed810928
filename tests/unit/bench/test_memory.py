"""Growth of a node's memory is told part by part, and a stranger who shares its libraries is no part of it."""

from tests.bench.memory import grown


def look(sound: float, pss: float = 100.0) -> dict[str, float]:
    return {"agent": 20.0, "sound": sound, "guard": 8.0, "files": 30.0, "pss": pss}


def test_growth_is_the_last_quarter_above_the_first_and_names_its_part() -> None:
    found = grown([look(sound) for sound in (10, 10, 11, 12, 13, 14, 14, 16)])
    assert found.value == 5.0
    assert found.quarters == (68.0, 73.0)
    assert found.parts["sound"] == (10.0, 15.0)
    assert found.parts["guard"] == (8.0, 8.0)


def test_what_a_stranger_shared_is_no_growth() -> None:
    found = grown([look(10, pss) for pss in (70, 80, 90, 120)])
    assert found.value == 0.0
    assert found.parts["pss"] == (70.0, 120.0)
