"""Audio in the libraries of areas, and the programmes in which it airs."""

from dataclasses import dataclass

from sqlalchemy import select

from controller.domain.checks import late_problems
from controller.domain.problems import Problem
from controller.domain.values import AreaId, Field, Late, ProgrammeId, Sha256
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right
from controller.storage.mapping import defaults_column
from controller.storage.tables import AssetEntryRow, AssetRow, ProgrammeRow, SpeechRow
from playlists.models import Kind

PROGRAMME_KINDS = (Kind.NOTICE, Kind.MUSIC, Kind.REBROADCAST)


@dataclass(frozen=True, slots=True)
class Made:
    """An asset as the audio module made it; loudness in LUFS, peak in dBTP, paths as it keeps them."""

    sha256: Sha256
    bytes: int
    frames: int
    loudness: float | None
    peak: float | None
    original_sha256: str | None
    original_path: str | None
    original_name: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a voice said in an asset, and the key under which the same words are found again."""

    key: str
    voice: str
    language: str
    text: str


@query(Right.UPLOAD)
def may_upload(act: Act, area: AreaId) -> None:
    """Asked before audio is made, which takes its time; `register_asset` asks again. Raises as that does."""
    act.permit(area, "area")


@operation(Right.UPLOAD)
def register_asset(act: Act, area: AreaId, made: Made, title: str, spoken: Spoken | None = None) -> str:
    """A made asset stands in the library of an area; gives its hash. The same audio again is the same asset."""
    act.permit(area, "area")
    if not title.strip():
        raise Invalid(Problem("title", "empty", "Give it a name."))
    if act.session.get(AssetRow, made.sha256) is None:
        act.session.add(_asset_row(act, made))
        act.session.flush()
    entry = act.session.get(AssetEntryRow, (made.sha256, area))
    if entry is None:
        entry = AssetEntryRow(sha256=made.sha256, area_id=area)
        act.session.add(entry)
    entry.title, entry.original_name = title.strip(), made.original_name
    entry.added_by, entry.added_at, entry.removed_at = act.actor.person, act.now, None
    if spoken is not None and act.session.get(SpeechRow, spoken.key) is None:
        act.session.add(_speech_row(act, made, spoken))
    act.record("register_asset", "asset", made.sha256, area, title=entry.title, spoken=spoken is not None)
    return made.sha256


@operation(Right.UPLOAD)
def remove_asset(act: Act, area: AreaId, asset: Sha256) -> None:
    """Takes an asset out of a library; broadcasts that hold it keep it."""
    act.permit(area, "area")
    entry = act.session.get(AssetEntryRow, (asset, area))
    if entry is None or entry.removed_at is not None:
        raise not_found()
    entry.removed_at = act.now
    act.record("remove_asset", "asset", asset, area, title=entry.title)


@operation(Right.PROGRAMME)
def add_programme(act: Act, area: AreaId, name: str, kind: Kind, field: Field, late: Late | None = None) -> str:
    """A new programme of an area, with the late rule that comes with it, the usual one unless said; gives its id."""
    act.permit(area, "area")
    if not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    if kind not in PROGRAMME_KINDS:
        raise Invalid(Problem("kind", "not_a_choice", "A programme is a notice, music or a rebroadcast."))
    if late is not None and (wrong := late_problems(late)):
        raise Invalid(*wrong)
    same = select(ProgrammeRow).where(ProgrammeRow.area_id == area, ProgrammeRow.name == name.strip())
    if act.session.scalar(same.where(ProgrammeRow.removed_at.is_(None))) is not None:
        raise Conflict(Problem("name", "taken", "There is a programme of this name already."))
    row = ProgrammeRow(
        id=act.office.new_id(),
        area_id=area,
        name=name.strip(),
        kind=kind.value,
        field=field.value,
        defaults=defaults_column(late),
        created_at=act.now,
    )
    act.session.add(row)
    act.record("add_programme", "programme", row.id, area, name=row.name, kind=kind, field=field)
    return row.id


@operation(Right.PROGRAMME)
def remove_programme(act: Act, programme: ProgrammeId) -> None:
    """No new broadcasts in it; those that are planned go on."""
    row = act.session.get(ProgrammeRow, programme)
    if row is None or row.removed_at is not None:
        raise not_found()
    act.permit(AreaId(row.area_id))
    row.removed_at = act.now
    act.record("remove_programme", "programme", programme, AreaId(row.area_id))


def _asset_row(act: Act, made: Made) -> AssetRow:
    return AssetRow(
        sha256=made.sha256,
        bytes=made.bytes,
        frames=made.frames,
        loudness_lufs=made.loudness,
        peak_dbtp=made.peak,
        original_sha256=made.original_sha256,
        original_path=made.original_path,
        made_at=act.now,
    )


def _speech_row(act: Act, made: Made, spoken: Spoken) -> SpeechRow:
    return SpeechRow(
        key=spoken.key,
        voice=spoken.voice,
        language=spoken.language,
        text=spoken.text,
        sha256=made.sha256,
        rendered_at=act.now,
    )
