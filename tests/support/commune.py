"""A small commune as values: province → commune → three hamlets; a node in each, one that serves two; a zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain import broadcasts as life
from controller.domain.programmes import usual_late
from controller.domain.values import (
    Area,
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Content,
    Field,
    FromDay,
    Lane,
    Language,
    Node,
    NodeId,
    PersonId,
    Places,
    PlaylistItem,
    Programme,
    ProgrammeId,
    Recording,
    Recurrence,
    Repeat,
    Scope,
    Serves,
    Sha256,
    Tree,
    Version,
    VersionState,
    Zone,
    ZoneId,
)
from playlists.models import RATE, Asset, Kind, Priority

HCM = ZoneInfo("Asia/Ho_Chi_Minh")
PROVINCE, COMMUNE = AreaId("province"), AreaId("commune")
H1, H2, H3 = AreaId("h1"), AreaId("h2"), AreaId("h3")
OTHER = AreaId("other-commune")
N1, N2, N3, N23 = NodeId("n1"), NodeId("n2"), NodeId("n3"), NodeId("n23")
VI, TAY = Language("vi"), Language("tyz")
EDITOR, APPROVER = PersonId("editor"), PersonId("approver")
PROGRAMME = Programme(ProgrammeId("news"), COMMUNE, "Bản tin sáng", Kind.NOTICE, Field.GENERAL, usual_late(Kind.NOTICE))
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 12:00 in Vietnam."""


def tree() -> Tree:
    """The commune."""
    areas = [
        Area(PROVINCE, None, "Tỉnh A", "province", time_zone="Asia/Ho_Chi_Minh", languages=(VI,)),
        Area(COMMUNE, PROVINCE, "Xã B", "commune"),
        Area(OTHER, PROVINCE, "Xã C", "commune"),
        Area(H1, COMMUNE, "Thôn 1", "hamlet"),
        Area(H2, COMMUNE, "Thôn 2", "hamlet", languages=(TAY, VI)),
        Area(H3, COMMUNE, "Thôn 3", "hamlet"),
    ]
    nodes = [
        Node(N1, "Loa thôn 1", H1, (Serves(H1, 120),)),
        Node(N2, "Loa thôn 2", H2, (Serves(H2, 80),)),
        Node(N3, "Loa thôn 3", H3, (Serves(H3, 60),)),
        Node(N23, "Loa giữa", H3, (Serves(H2, 20), Serves(H3, 30))),
    ]
    zones = [Zone(ZoneId(f"z-{area.id}"), area.name, area.id, area.id) for area in areas]
    zones.append(Zone(ZoneId("z-low"), "Vùng trũng", COMMUNE, None, (H1, H2)))
    return Tree({a.id: a for a in areas}, {n.id: n for n in nodes}, {z.id: z for z in zones})


def sha(letter: str) -> Sha256:
    """A hash that is easy to tell."""
    return Sha256(letter * 64)


def assets(**seconds: int) -> Assets:
    """Assets by letter with their seconds; `a` 60 s, `b` 30 s, `c` 10 s unless said."""
    lengths = {"a": 60, "b": 30, "c": 10, **seconds}
    return {sha(k): Asset(sha256=sha(k), bytes=6000 * s, frames=s * RATE) for k, s in lengths.items()}


def item(letter: str, **more: str) -> PlaylistItem:
    """An item with a Vietnamese recording, and others by language."""
    tongues = {"vi": letter, **more}
    return PlaylistItem(tuple(Recording(Language(tongue), sha(each)) for tongue, each in tongues.items()))


def daily(*times: str, first: date = date(2026, 11, 20), last: date | None = None) -> Recurrence:
    """A recurrence of every day at local times."""
    return Recurrence(Repeat.DAILY, first, tuple(time.fromisoformat(each) for each in times), last)


def content(**changes: object) -> Content:
    """A bulletin of 60 s in the whole commune, every day at 17:00."""
    said = Content(
        title="Tiêm phòng",
        time_zone="Asia/Ho_Chi_Minh",
        playlist=(item("a"),),
        places=Places(areas=(COMMUNE,)),
        recurrence=daily("17:00"),
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def version(
    number: int = 1,
    said: Content | None = None,
    scope: Scope | None = None,
    state: VersionState = VersionState.APPROVED,
    decided_at: datetime | None = NOON - timedelta(days=4),
) -> Version:
    """An approved version from long ago on."""
    said, scope = said or content(), scope or FromDay(date(2026, 11, 1))
    return Version(
        number,
        state,
        scope,
        said,
        life.digest(scope, said),
        EDITOR,
        NOON - timedelta(days=5),
        NOON - timedelta(days=5),
        APPROVER if state is VersionState.APPROVED else None,
        decided_at if state is VersionState.APPROVED else None,
    )


def broadcast(*versions: Version, name: str = "bulletin01", **changes: object) -> Broadcast:
    """A broadcast of the commune."""
    made = Broadcast(BroadcastId(name), PROGRAMME, COMMUNE, versions or (version(),), Lane.PLAN)
    return replace(made, **changes)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """A local moment, `2026-11-24 17:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=HCM).astimezone(UTC)


ROUTINE = (Priority.NORMAL, Priority.PRIORITY)
