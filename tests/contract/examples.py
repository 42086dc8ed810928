"""One value of every document and report, with every field set: what the golden files hold."""

from playlists.models import (
    Acknowledgement,
    AlertSheet,
    Asset,
    AssetItem,
    BookFile,
    Box,
    Interval,
    Issuer,
    Key,
    KeySet,
    Kind,
    Move,
    NodeSettings,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Priority,
    Request,
    Right,
    Row,
    SheetEntry,
    Silence,
    Value,
    Volume,
    Welcome,
)
from playlists.reports import (
    Accepted,
    AmplifierFault,
    Because,
    Birth,
    Boot,
    Cause,
    Checkpoint,
    Clock,
    Closed,
    Connection,
    Event,
    EventBatch,
    Evidence,
    Fact,
    Heartbeat,
    Held,
    Line,
    LocalStart,
    Mark,
    Missing,
    OnAir,
    Outcome,
    Paused,
    Press,
    Progress,
    Refusal,
    Refused,
    RequestDone,
    RequestTaken,
    Restarts,
    Resumed,
    Rung,
    Sounded,
    Start,
    StoreState,
    Trust,
    Upload,
    Welcomed,
)
from playlists.wire import encode_event

DAY = 86_400_000
T = 1_795_000_000_000
A, B, C = "a" * 64, "b" * 64, "c" * 64
NUMBER = Number(epoch=2, sequence=T)
ITEM = AssetItem(
    rows=(
        Row(language="vi", sha256=A, bytes=48_000, frames=480_000),
        Row(language="tay", sha256=B, bytes=36_000, frames=360_000),
    )
)
CLOCK = Clock(wall=T, trust=Trust.HELD, bound=40)
HELD = Held(kind="plan", to="node-1", issuer="office", number=NUMBER, digest=C)

PLAN = Plan(
    to="node-1",
    number=NUMBER,
    window=Interval(start=T - 2 * DAY, end=T + 31 * DAY),
    key_set=C,
    settings=NodeSettings(
        languages=("vi", "tay"), gain_normal=-6.0, gain_priority=-3.0, gain_emergency=-1.0, warm_up=1500, linger=5000,
        longest_on=3_600_000, heartbeat=30_000),
    zones=("commune", "hamlet-1"),
    issuers=(Issuer(id="office", zones=("commune", "hamlet-1")),),
    hours=(Interval(start=T, end=T + 16 * 3_600_000),),
    days=(T, T + DAY),
    minutes=3_600_000,
    volumes=(Volume(start=T, end=T + 6 * 3_600_000, priority=Priority.NORMAL, gain=-9.0),),
    book=BookFile(sha256=B, bytes=2000),
    box=Box(messages=("flood",), longest=120_000, every=30_000, silence=3_600_000),
    silences=(Silence(start=T, end=T + 3_600_000, kinds=(Kind.MUSIC,), source="plan"),),
    prefetch=(Asset(sha256=C, bytes=1000, frames=48_000),),
    broadcasts=(
        PlannedBroadcast(
            id="bulletin01", kind=Kind.NOTICE, priority=Priority.PRIORITY, rank=3, tier=1, out_of_hours=True,
            versions=(
                PlannedVersion(
                    number=4, items=(ITEM,), starts=(T, T + DAY, T + 2 * DAY),
                    moves=(Move(nominal=T + DAY, starts_at=T + DAY + 600_000),), late=1_800_000, whole=True,
                    allowance=60_000),
            )),
    ))  # fmt: skip

SHEET = AlertSheet(
    to="commune",
    issuer="office",
    number=NUMBER,
    issued_at=T,
    occurrences=(
        SheetEntry(
            broadcast="playnow001", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=T + 1300,
            start_by=T + 600_000, ends_at=T + 700_000, items=(ITEM,), nominal=T + 1000, version=2, whole=True, rank=1,
            tier=1, every=60_000, answers=("bulletin01-1795000000000",), out_of_hours=True, message="flood",
            slots=(("hour", "17"), ("place", "Đập Tràn"))),
    ),
    withdrawn=("bulletin01-1795086400000",),
    mute_until=T + 7_200_000)  # fmt: skip

KEYS = KeySet(
    to="demo",
    number=NUMBER,
    keys=(
        Key(kid="o1", x="iCED3IeRVhpmyxq3shNh2j4A_Lz5kSM1klq9QJeUGq0", issuer="office",
            rights=(Right.PLAN, Right.MESSAGE, Right.ROUTINE_SHEET), zones=("commune",)),
    ))  # fmt: skip

FACTS: tuple[Fact, ...] = (
    Boot(boot=7, versions=(("loa", "0.1.0"),), trust=Trust.HELD, new_stream=True, because=Because.POWER, machine="m1",
         last_alive=T - 3_600_000),
    Accepted(document="plan", to="node-1", issuer="office", number=NUMBER, digest=C),
    Refused(document="sheet", reason=Refusal.OLDER, detail="held 2.1795000000000", times=3),
    Press(what="message", message="flood"),
    RequestTaken(id="r1", action="test_tone", expires_at=T + 60_000, arguments=(("seconds", "2"),)),
    RequestDone(id="r1", action="self_test", outcome=Outcome.DONE, detail="1000 Hz", level=-18.0, sha256=A),
    Welcomed(stream="s1", elsewhere=("bulletin01-1795000000000",)),
    Start(occurrence="bulletin01-1795000000000", version=4, source="plan", attempt=1, at_wall=T, at_mono=5_000_000_000,
          first=48_000, items=(ITEM,), starts_at=T, ends_at=T + 60_000, start_by=T + 5000, whole=True,
          programme_kind=Kind.NOTICE, priority=Priority.PRIORITY, rank=3, tier=1, out_of_hours=True, every=60_000,
          rung=Rung.PINNED, allowed=600_000),
    Paused(occurrence="bulletin01-1795000000000", by="playnow001-1795000001000", frame=96_000,
           until=T + 30_000),
    Resumed(occurrence="bulletin01-1795000000000", at_wall=T, at_mono=9_000_000_000, first=96_000,
            items=(ITEM,), rung=Rung.TONE, allowed=500_000),
    Closed(occurrence="bulletin01-1795000000000", version=4, attempt=1, sounded=17_000, due=17_500,
           languages=(Sounded(language="vi", sounded=9_500, due=10_000),), loudness=-18.5, start_error=-120,
           evidence=(Evidence.FRAMES, Evidence.EAR), cause=Cause.ASSET, started_at=T, assets=(A, B), rung=Rung.TONE,
           hushed="hours"),
    LocalStart(id="r1", at_mono=5_000_000_000),
    Progress(occurrence="bulletin01-1795000000000", attempt=1, position=480_000, taken=470_000, sounded=460_000,
             by_cue=(460_000, 0), since_t=10_000_000_000, loudness=-19.0, start_error=80),
    Checkpoint(
        wall=T,
        floor=T - 1000,
        day=T,
        minutes=600_000,
        left=True,
        mark=Mark(wall=T, mono=2**40, bound=40, source="kernel", agreed=True, machine="m1", rtc=1040),
        book=BookFile(sha256=B, bytes=2000),
    ),
)  # fmt: skip


def event(number: int, fact: Fact) -> Event:
    """A fact in its place."""
    return Event(number=number, wall=T, mono=1_000_000_000, boot=7, trust=Trust.HELD, fact=fact)


EXAMPLES: dict[str, Value] = {
    "plan": PLAN,
    "sheet": SHEET,
    "keys": KEYS,
    "welcome": Welcome(to="node-1", nonce="n1", time=T, stream="s1", acknowledged=41, lacks=("plan",),
                       elsewhere=("bulletin01-1795000000000",), older=(("s0", 17),)),
    "ack": Acknowledgement(to="node-1", stream="s1", number=42, digest=C),
    "request": Request(to="node-1", nonce="n1", id="r1", expires_at=T + 60_000, action="test_tone",
                       arguments=(("seconds", "5"),)),
    "birth": Birth(node="node-1", connection="c1", nonce="n1", stream="s1", boot=7, number=9,
                   versions=(("loa", "0.1.0"),), clock=CLOCK, held=(HELD,), first=1, last=42, older=("s0",)),
    "status": Heartbeat(node="node-1", stream="s1", boot=7, number=10, connection="c1", clock=CLOCK, held=(HELD,),
                        ready=11, missing=(Missing(sha256=A, cause="timeout"),),
                        on_air=OnAir(occurrence="bulletin01-1795000000000", version=4, attempt=1, sounded=5_000,
                                     due=17_500, rung=Rung.PINNED),
                        relay=True, read_back=True, sound_ok=False, sound_error="no device", store_ok=False, outbox=3,
                        temperature=51.5, under_voltage=False, disk_free=9_000_000_000, uptime=86_400, signal=-71,
                        level=-17.5, disk_errors=2,
                        amplifier_fault=AmplifierFault.STUCK_OPEN, under_voltage_since_boot=True,
                        memory_free=500_000_000, load=0.25, store=StoreState.FULL, store_error="no space left",
                        library_error="checksum", quarantined=1, gone=12, fetching=2, refused=3,
                        line=Line(bearer="4g", operator="Viettel", signal=-71, quality=60, used=12_000_000,
                                  balance=45_000, expires=T + 86_400_000, reconnects=4, takeovers=1, deaf=1),
                        restarts=Restarts(sound=2, guard=1, because="no frames for 3 s"), because=Because.POWER,
                        machine="m1", profile="4g", versions=(("loa", "0.1.0"),), book=B, book_lacks=4),
    "events": EventBatch(node="node-1", stream="s1", first=1, last=len(FACTS), gone=((2, 3),),
                         events=tuple(encode_event(event(n, fact)) for n, fact in enumerate(FACTS, start=1))),
    "upload": Upload(node="node-1", request="r1", sha256=A, bytes=20_000, what="log"),
    "conn": Connection(on=True, connection="c1", boot=7),
}  # fmt: skip
