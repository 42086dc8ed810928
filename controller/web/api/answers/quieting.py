"""Silences, their receipts, and the three lists of what was withdrawn."""

from __future__ import annotations

from datetime import datetime

from controller.operations.calling import Contact
from controller.operations.receipts import SilenceView
from controller.operations.silencing import Detail, FallenView, Unreceived
from controller.operations.withdrawing import Listed, ThreeLists
from controller.web.api.fields import Answer


class HeadAnswer(Answer):
    """Somebody to call; "" where it is not known."""

    title: str
    name: str
    phone: str


class ContactAnswer(Answer):
    """A node that has not answered, and whom to call about it."""

    node: str
    name: str
    hamlets: tuple[str, ...]
    heard_at: datetime | None
    online: bool
    heads: tuple[HeadAnswer, ...]

    @classmethod
    def of(cls, contact: Contact) -> ContactAnswer:
        """A node."""
        return cls.model_validate(contact)


class SilenceAnswer(Answer):
    """A silence. Of the `nodes` that it means those in `received` hold its plan; `others` fall silent, too."""

    id: str
    areas: tuple[str, ...]
    begin: datetime
    end: datetime
    kinds: tuple[str, ...]
    why: str
    note: str
    by: str
    stage: str
    lifted_at: datetime | None
    others: tuple[str, ...]
    nodes: tuple[str, ...]
    received: tuple[str, ...]

    @classmethod
    def of(cls, view: SilenceView) -> SilenceAnswer:
        """A silence."""
        said = view.silence
        return cls(
            id=said.id, areas=said.areas, begin=said.begin, end=said.end,
            kinds=tuple(kind.value for kind in said.kinds), why=said.why.value, note=said.note, by=view.by,
            stage=view.stage.value, lifted_at=said.lifted_at, others=view.others, nodes=tuple(sorted(view.nodes)),
            received=tuple(sorted(view.received)),
        )  # fmt: skip


class FallenAnswer(Answer):
    """An airing that falls silent, and in which hamlets."""

    occurrence: str
    broadcast: str
    title: str
    starts_at: datetime
    hamlets: tuple[str, ...]

    @classmethod
    def of(cls, view: FallenView) -> FallenAnswer:
        """What falls silent."""
        airing = view.fallen.airing
        return cls(
            occurrence=airing.occurrence, broadcast=airing.broadcast, title=view.title, starts_at=view.starts_at,
            hamlets=view.hamlets,
        )  # fmt: skip


class SilenceDetail(Answer):
    """One silence, the nodes without a receipt, and what falls silent."""

    silence: SilenceAnswer
    waiting: list[ContactAnswer]
    fallen: list[FallenAnswer]

    @classmethod
    def of(cls, detail: Detail) -> SilenceDetail:
        """One silence."""
        return cls(
            silence=SilenceAnswer.of(detail.view),
            waiting=[ContactAnswer.of(each) for each in detail.waiting],
            fallen=[FallenAnswer.of(each) for each in detail.fallen],
        )


class UnreceivedAnswer(Answer):
    """A node that would sound at a moment into a silence."""

    silence: str
    sounds_at: datetime
    contact: ContactAnswer

    @classmethod
    def of(cls, found: Unreceived) -> UnreceivedAnswer:
        """A node without a receipt."""
        contact = ContactAnswer.of(found.contact)
        return cls(silence=found.view.silence.id, sounds_at=found.sounds_at, contact=contact)


class ListedAnswer(Answer):
    """A node of a withdrawn broadcast; `sounded` in ms, `again`: it may once more, `untold`: reports that wait."""

    list: str
    contact: ContactAnswer
    hamlets: tuple[str, ...]
    sounded: int
    again: bool
    untold: int

    @classmethod
    def of(cls, one: Listed) -> ListedAnswer:
        """A node in its list."""
        return cls(
            list=one.fate.value, contact=ContactAnswer.of(one.contact), hamlets=one.hamlets, sounded=one.sounded,
            again=one.again, untold=one.untold,
        )  # fmt: skip


class WithdrawnAnswer(Answer):
    """A withdrawn broadcast with its nodes, each in one of the lists played, will_not, may_still."""

    broadcast: str
    title: str
    withdrawn_at: datetime
    by: str
    why: str
    nodes: tuple[ListedAnswer, ...]

    @classmethod
    def of(cls, found: ThreeLists) -> WithdrawnAnswer:
        """The three lists."""
        return cls(
            broadcast=found.broadcast.id, title=found.title, withdrawn_at=found.withdrawn_at, by=found.by,
            why=found.why, nodes=tuple(ListedAnswer.of(each) for each in found.nodes),
        )  # fmt: skip
