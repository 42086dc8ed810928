"""What a version changes against the last approved one, in words; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.domain.values import (
    AreaId,
    Content,
    FromDay,
    Late,
    LateKind,
    NamedStarts,
    PlaylistItem,
    Sha256,
    Version,
    from_ms,
)
from controller.domain.words import in_words
from controller.locale import N_, sentence
from controller.operations.reviewing import Decision
from controller.web.formats import clock, day, length, moment, natural
from playlists.models import Priority

PRIORITIES = {
    Priority.NORMAL: N_("normal"),
    Priority.PRIORITY: N_("priority"),
    Priority.EMERGENCY: N_("emergency"),
}


@dataclass(frozen=True)
class Words:
    """In which language, with the names of areas, the titles and the lengths of audio (ms), in which time zone."""

    language: str
    zone: ZoneInfo
    areas: Mapping[AreaId, str]
    titles: Mapping[Sha256, str]
    lengths: Mapping[Sha256, int]

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)

    def names(self, areas: Iterable[AreaId]) -> str:
        """Areas by name, as people sort them."""
        gone = self.say(N_("a place that was removed"))
        return ", ".join(sorted({self.areas.get(each, gone) for each in areas}, key=natural))

    def title(self, item: PlaylistItem) -> str:
        """What an item is called: by itself, or as its audio stands in the library."""
        held = next((self.titles[each.asset] for each in item.recordings if each.asset in self.titles), "")
        return item.title or held or self.say(N_("without a name"))

    def length(self, playlist: Iterable[PlaylistItem]) -> str:
        """How long all of it is in the first language of each item."""
        parts = (item.recordings[0].asset for item in playlist if item.recordings)
        return length(sum(self.lengths.get(each, 0) for each in parts), self.language)


def when_words(decision: Decision, words: Words) -> str:
    """When it is heard: the recurrence, or the airings that are named."""
    content, scope = decision.content, decision.version.scope
    if isinstance(scope, NamedStarts):
        named = "; ".join(moment(from_ms(each), words.zone, words.language) for each in scope.nominals)
        return words.say(N_("Only the airings of {moments}"), moments=named)
    if content.recurrence is None:
        return ""
    session = decision.session.name if decision.session else ""
    return in_words(content.recurrence, lambda message, params: sentence(words.language, message, params), session)


def start_words(version: Version, words: Words) -> str:
    """What becomes of the airings that are named: left out, or moved."""
    start = version.content.start
    if start is None:
        return ""
    if start.skip:
        return words.say(N_("They are left out."))
    if start.starts_at is None:
        return ""
    return words.say(N_("Moved to {moment}."), moment=moment(from_ms(start.starts_at), words.zone, words.language))


def late_words(late: Late, starts_at: datetime | None, words: Words) -> str:
    """`Có điện trước 19:30 thì phát lại từ đầu`, for an airing that starts then."""
    if late.kind is LateKind.JOIN:
        return words.say(N_("If the power comes back, it goes on where it would be by then."))
    if late.kind is LateKind.SKIP or starts_at is None:
        return words.say(N_("If it cannot start on time, it is left out."))
    at = clock(starts_at + timedelta(seconds=late.within_s), words.zone)
    return words.say(N_("If the power is back before {clock}, it is played from the beginning."), clock=at)


def change_lines(before: Decision, after: Decision, words: Words) -> Iterator[str]:
    """Each difference that is heard or seen, in a sentence."""
    old, new = before.content, after.content
    if old.title != new.title:
        yield words.say(N_("The title was “{old}”."), old=old.title)
    yield from _sound(old, new, words)
    yield from _places(before, after, words)
    yield from _when(before, after, words)
    if old.priority is not new.priority:
        names = {"old": words.say(PRIORITIES[old.priority]), "new": words.say(PRIORITIES[new.priority])}
        yield words.say(N_("Its priority was {old}, now {new}."), **names)
    if old.rank != new.rank:
        yield words.say(N_("Among what starts at the same time it goes first or gives way in another order."))
    if old.late != new.late:
        yield words.say(N_("What happens if it cannot start on time has changed."))
    yield from _last_day(old, new, words)


def _sound(old: Content, new: Content, words: Words) -> Iterator[str]:
    before, after = old.playlist or (), new.playlist or ()
    if before == after:
        return
    gone, come = ([each for each in one if each not in other] for one, other in ((before, after), (after, before)))
    for left, fresh in zip(gone, come, strict=False):
        yield _replaced(left, fresh, words)
    for each in gone[len(come) :]:
        yield words.say(N_("“{title}” is no longer in it."), title=words.title(each))
    for each in come[len(gone) :]:
        yield words.say(N_("“{title}” was added."), title=words.title(each))
    if not gone and not come:
        yield words.say(N_("The order of the items has changed."))
    if words.length(before) != words.length(after):
        yield words.say(N_("It was {old} long, now {new}."), old=words.length(before), new=words.length(after))


def _replaced(left: PlaylistItem, fresh: PlaylistItem, words: Words) -> str:
    old, new = words.title(left), words.title(fresh)
    if old != new:
        return words.say(N_("“{new}” takes the place of “{old}”."), old=old, new=new)
    if [each.language for each in left.recordings] != [each.language for each in fresh.recordings]:
        return words.say(N_("“{title}” has other languages."), title=new)
    if [each.text for each in left.recordings] != [each.text for each in fresh.recordings]:
        return words.say(N_("“{title}” has another text."), title=new)
    return words.say(N_("“{title}” has other audio."), title=new)


def _places(before: Decision, after: Decision, words: Words) -> Iterator[str]:
    if more := after.hamlets - before.hamlets:
        yield words.say(N_("Heard in addition in: {places}."), places=words.names(more))
    if fewer := before.hamlets - after.hamlets:
        yield words.say(N_("No longer heard in: {places}."), places=words.names(fewer))


def _when(before: Decision, after: Decision, words: Words) -> Iterator[str]:
    if isinstance(after.version.scope, NamedStarts):
        yield " ".join(each for each in (when_words(after, words) + ".", start_words(after.version, words)) if each)
        return
    old, new = when_words(before, words), when_words(after, words)
    if old != new:
        yield words.say(N_("It was heard: {old}. Now: {new}."), old=old, new=new)
    if isinstance(after.version.scope, FromDay):
        yield words.say(N_("The change counts from {day} on."), day=day(after.version.scope.day))
        yield from _named_too(after.version, after.version.scope, words)


def _named_too(version: Version, scope: FromDay, words: Words) -> Iterator[str]:
    if scope.today:
        named = "; ".join(moment(from_ms(each), words.zone, words.language) for each in scope.today)
        said = words.say(N_("Already today for the airings of {moments}."), moments=named)
        yield " ".join(each for each in (said, start_words(version, words)) if each)
    if scope.ends_named:
        yield words.say(N_("What was changed for single airings ends."))


def _last_day(old: Content, new: Content, words: Words) -> Iterator[str]:
    if old.last_true_day == new.last_true_day:
        return
    if new.last_true_day is None:
        yield words.say(N_("It no longer has a last day."))
    else:
        yield words.say(N_("Its last day is now {day}."), day=day(new.last_true_day))
