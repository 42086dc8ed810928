"""The buttons of the form of deciding that change only the form: what was typed goes in, the form anew comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from controller.web.formats import day as written
from controller.web.pages.deciding_choices import late_choice
from controller.web.pages.deciding_form import Form
from controller.web.pages.deciding_start import usual_late
from controller.web.pages.deciding_typed import Typed, rows, with_rows

_Rows = tuple[str, ...]


def acted(form: Form) -> Typed:
    """The form after a button was pressed; as it was for a button that changes nothing."""
    act, _, what = form.typed.get("act", "").partition(".")
    change = _ACTS.get(act)
    return _with_programme(form) if change is None else change(form, what)


def added(typed: Typed, sha256: str) -> Typed:
    """With one more sound: the last. One that only was offered gives way to what somebody chose."""
    held = rows(typed, "item")
    offered = held if held == (typed.get("auto_item", ""),) else ()
    return {**with_rows(typed, "item", (*(each for each in held if each not in offered), sha256)), "auto_item": ""}


def _add(form: Form, what: str) -> Typed:
    return added(form.typed, what)


def _moved(change: Callable[[list[str], int], Sequence[str]]) -> Callable[[Form, str], Typed]:
    def move(form: Form, what: str) -> Typed:
        held = list(rows(form.typed, "item"))
        if what not in held:
            return form.typed
        return {**with_rows(form.typed, "item", change(held, held.index(what))), "auto_item": ""}

    return move


def _up(held: list[str], at: int) -> Sequence[str]:
    before = max(0, at - 1)
    held[before], held[at] = held[at], held[before]
    return held


def _down(held: list[str], at: int) -> Sequence[str]:
    after = min(len(held) - 1, at + 1)
    held[after], held[at] = held[at], held[after]
    return held


def _drop(held: list[str], at: int) -> Sequence[str]:
    return held[:at] + held[at + 1 :]


def _meant(form: Form, _: str) -> Typed:
    """The time that was meant, in the place of the doubtful one."""
    doubt = form.doubt
    if doubt is None or doubt.meant is None:
        return form.typed
    times = sorted(doubt.meant if at == doubt.said else at for at in form.when.times)
    day = written(form.when.day) if form.when.day else form.typed.get("day", "")
    return {**form.typed, "when": "own", "day": day, "time": ", ".join(f"{at:%H:%M}" for at in times), "sure": ""}


def _sure(form: Form, _: str) -> Typed:
    return {**form.typed, "sure": f"{form.doubt.said:%H:%M}"} if form.doubt else form.typed


def _after(form: Form, what: str) -> Typed:
    """After the others of a session of a day."""
    session, _, day = what.partition(" ")
    return {**form.typed, "when": "slot", "slot": session, "day": day}


def _with_programme(form: Form) -> Typed:
    """Another programme brings its late rule."""
    chosen, before = form.programme, form.typed.get("auto_programme", "")
    if chosen is None or not before or chosen.id == before:
        return form.typed
    return {**form.typed, "late": late_choice(usual_late(chosen))}


_ACTS: dict[str, Callable[[Form, str], Typed]] = {
    "add": _add,
    "up": _moved(_up),
    "down": _moved(_down),
    "drop": _moved(_drop),
    "meant": _meant,
    "sure": _sure,
    "after": _after,
}
