"""What the commune decided in a year: bulletins of a day, music and rebroadcast without an end, what still waits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from controller.domain import broadcasts as life
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Content,
    FromDay,
    InSession,
    Language,
    Places,
    PlaylistItem,
    Programme,
    Recording,
    Recurrence,
    Repeat,
    SessionId,
    Sha256,
    Version,
    VersionState,
)
from controller.domain.values import Field as Lines
from playlists.models import RATE, Asset, Kind
from tests.bench.year.places import EVENING, MORNING, NOON, PROGRAMMES, ZONE, Commune

HERE = ZoneInfo(ZONE)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
TITLES = (
    "Lịch tiêm phòng cho trẻ", "Thu gom rác thải nhựa", "Họp thôn tối thứ Bảy", "Phòng cháy rừng mùa khô",
    "Chi trả lương hưu tháng này", "Cắt điện để sửa chữa", "Nước sinh hoạt bị đục", "Hội thi nấu ăn ngày 8 tháng 3",
    "Phòng chống sốt xuất huyết", "Đăng ký nghĩa vụ quân sự",
)  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """All broadcasts, and the audio that they name with its title; `mistaken` is to be withdrawn."""

    broadcasts: tuple[Broadcast, ...]
    assets: dict[Sha256, Asset]
    titles: dict[Sha256, str]
    mistaken: BroadcastId


class Desk:
    """Writes broadcasts down: ids, audio and digests come out of one seed."""

    def __init__(self, commune: Commune, seed: int) -> None:
        self._commune = commune
        self._random = Random(seed)
        self.assets: dict[Sha256, Asset] = {}
        self.titles: dict[Sha256, str] = {}

    def sound(self, title: str) -> tuple[PlaylistItem, ...]:
        """A recording of one to four minutes in the library."""
        sha256 = Sha256(hashlib.sha256(f"{title} {len(self.assets)}".encode()).hexdigest())
        seconds = self._random.randrange(60, 240)
        self.assets[sha256] = Asset(sha256=sha256, bytes=6000 * seconds, frames=seconds * RATE)
        self.titles[sha256] = title
        return (PlaylistItem((Recording(Language("vi"), sha256),)),)

    def places(self) -> Places:
        """Mostly the whole commune, now and then a dozen hamlets."""
        if self._random.random() < 0.8:
            return Places(areas=(self._commune.root,))
        hamlets = self._commune.hamlets
        return Places(areas=tuple(sorted(self._random.sample(hamlets, min(12, len(hamlets))))))

    def once(self, title: str, day: date, session: SessionId, order: int, state: VersionState) -> Broadcast:
        """One bulletin in a session of a day, written the day before."""
        recurrence = Recurrence(Repeat.ONCE, day, ())
        content = self._content(title, recurrence, self.places(), InSession(session, order))
        return self._broadcast(Kind.NOTICE, content, day, datetime.combine(day, time(9), HERE), state)

    def always(self, kind: Kind, title: str, recurrence: Recurrence, session: InSession | None) -> Broadcast:
        """What comes again without an end."""
        content = self._content(title, recurrence, Places(areas=(self._commune.root,)), session)
        at = datetime.combine(recurrence.first_day, time(9), HERE)
        return self._broadcast(kind, content, recurrence.first_day, at, VersionState.APPROVED)

    def _content(self, title: str, recurrence: Recurrence, places: Places, session: InSession | None) -> Content:
        return Content(title, ZONE, self.sound(title), places, recurrence, session=session)

    def _broadcast(self, kind: Kind, content: Content, day: date, airs: datetime, state: VersionState) -> Broadcast:
        people, root = self._commune.people, self._commune.root
        written = airs - timedelta(days=1)
        approved, returned = state is VersionState.APPROVED, state is VersionState.RETURNED
        version = Version(
            1,
            state,
            FromDay(day),
            content,
            life.digest(FromDay(day), content),
            people["editor"],
            written,
            None if state is VersionState.DRAFT else written + timedelta(minutes=5),
            people["approver"] if approved or returned else None,
            written + timedelta(minutes=40) if approved or returned else None,
            "Ghi lại giờ họp." if returned else None,
        )
        name = BroadcastId("".join(self._random.choices(LETTERS, k=10)))
        return Broadcast(name, _programme(self._commune, kind, root), root, (version,))


def decide(commune: Commune, first: date, today: date, last: date, seed: int) -> Decided:
    """From `first` to `last` about four airings a day: music, a rebroadcast and two bulletins."""
    desk = Desk(commune, seed)
    mistaken = desk.once("Cắt điện để sửa chữa (sai giờ)", today, NOON, 0, VersionState.APPROVED)
    bulletins = _bulletins(desk, first, min(last, today + timedelta(days=3)))
    made = (*_always(desk, first), *bulletins, *_open(desk, today), mistaken)
    return Decided(made, desk.assets, desk.titles, mistaken.id)


def _always(desk: Desk, first: date) -> Iterator[Broadcast]:
    weekdays = Recurrence(Repeat.WEEKDAYS, first, (), weekdays=(0, 1, 2, 3, 4, 5))
    lunar = Recurrence(Repeat.LUNAR_DAYS, first, (time(18, 15),), month_days=(1, 15))
    yield desk.always(Kind.MUSIC, "Nhạc chào buổi sáng", Recurrence(Repeat.DAILY, first, ()), InSession(MORNING, 0))
    yield desk.always(Kind.REBROADCAST, "Tiếp âm đài tỉnh", weekdays, InSession(EVENING, 0))
    yield desk.always(Kind.NOTICE, "Nhắc ngày rằm, mùng một", lunar, None)


def _bulletins(desk: Desk, first: date, last: date) -> Iterator[Broadcast]:
    for number in range((last - first).days + 1):
        day, title = first + timedelta(days=number), TITLES[number % len(TITLES)]
        yield desk.once(f"Bản tin sáng {day:%d/%m}", day, MORNING, 1, VersionState.APPROVED)
        yield desk.once(title, day, EVENING, 1, VersionState.APPROVED)


def _open(desk: Desk, today: date) -> Iterator[Broadcast]:
    """What waits for approval, what was returned, what nobody finished."""
    states: Iterable[VersionState] = (VersionState.SUBMITTED, VersionState.DRAFT, VersionState.RETURNED)
    for order, state in enumerate(states, 2):
        for ahead in range(1, 5):
            yield desk.once(f"{TITLES[order + ahead]} (mới)", today + timedelta(days=ahead), EVENING, order, state)


def _programme(commune: Commune, kind: Kind, area: AreaId) -> Programme:
    return Programme(commune.programmes[kind], area, PROGRAMMES[kind], kind, Lines.GENERAL)
