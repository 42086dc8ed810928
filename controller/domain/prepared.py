"""The prepared messages of every commune: their parts, the values of their slots, and the words they begin with.

A drill's message is the alarm's with words of its own before and after it. What is said once in a while (a correction,
the all-clear) says its words twice, so that it need not be repeated.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.domain.alarms import ALL_CLEAR, CLOSING, CORRECTION, DRILL
from controller.domain.values import Area
from playlists.book import NO_SPEECH, Part, PreparedMessage
from playlists.models import Kind

LANGUAGE = "vi"
TONE, CHIME = "tone", "chime"
"""The clips that are no speech: the attention tone of an alarm, and what goes before all else."""
PLACE, HOUR, LEVEL, NUMBER = "place", "hour", "level", "number"
SLOTS = (PLACE, HOUR, LEVEL, NUMBER)
LONGEST_VALUE = 40
MOST_PLACES = 600
"""How many names of places the book holds."""

_SAID: Mapping[str, tuple[str, ...]] = {
    "flood": (
        "Báo động lũ! Báo động lũ! Nước đang lên nhanh tại", f"{{{PLACE}}}", "mực nước báo động cấp", f"{{{LEVEL}}}",
        "Bà con đưa người già, trẻ em và tài sản lên nơi cao ngay, không đi qua suối và ngầm tràn.",
    ),
    "dam-release": (
        "Chú ý! Chú ý! Hồ chứa xả lũ lúc", f"{{{HOUR}}}", "Bà con ven sông, suối, nhất là tại", f"{{{PLACE}}}",
        "rời khỏi bãi sông ngay, đưa thuyền bè và gia súc lên bờ.",
    ),
    "storm": (
        "Bão khẩn cấp! Bão khẩn cấp! Bão đổ bộ vào khoảng", f"{{{HOUR}}}",
        "Bà con chằng chống nhà cửa, vào nơi trú ẩn an toàn, không ra ngoài khi gió còn mạnh.",
    ),
    "fire": (
        "Cháy! Cháy! Có cháy tại", f"{{{PLACE}}}",
        "Bà con gần đó rời khỏi nhà ngay, gọi một một bốn, lực lượng tại chỗ đến chữa cháy.",
    ),
    "landslide": (
        "Nguy cơ sạt lở đất! Nguy cơ sạt lở đất tại", f"{{{PLACE}}}",
        "Bà con dưới chân đồi và ven taluy rời khỏi nhà ngay, đến điểm sơ tán của thôn.",
    ),
    "missing-person": (
        "Thông báo khẩn. Có người mất tích,", f"{{{NUMBER}}}", "tuổi, thấy lần cuối tại", f"{{{PLACE}}}", "lúc",
        f"{{{HOUR}}}", "Ai biết tin xin báo ngay cho trưởng thôn hoặc công an xã.",
    ),
}  # fmt: skip
_ONCE: Mapping[str, tuple[Kind, str]] = {
    CLOSING: (Kind.ALARM, "Lời báo động xin dừng tại đây. Bà con tiếp tục theo dõi và làm theo hướng dẫn của xã."),
    CORRECTION: (Kind.CORRECTION, "Xin đính chính. Lời báo động vừa phát là không đúng. Xã thành thật xin lỗi bà con."),
    ALL_CLEAR: (Kind.ALL_CLEAR, "Báo yên! Báo yên! Nguy hiểm đã qua. Bà con có thể trở lại sinh hoạt bình thường."),
}  # fmt: skip
_BEFORE, _AFTER = "drill-before", "drill-after"
_DRILL = {
    _BEFORE: "Đây là diễn tập. Đây là diễn tập, không phải báo động thật.",
    _AFTER: "Đây là diễn tập. Bà con không phải di chuyển.",
}
TITLES: Mapping[str, str] = {
    "flood": "Báo động lũ",
    "dam-release": "Xả lũ hồ chứa",
    "storm": "Bão",
    "fire": "Cháy",
    "landslide": "Sạt lở đất",
    "missing-person": "Tìm người mất tích",
    CLOSING: "Kết thúc báo động",
    CORRECTION: "Đính chính",
    ALL_CLEAR: "Báo yên",
}
"""What a message is called, in the language of the texts."""


@dataclass(frozen=True, slots=True)
class ClipText:
    """The words of a clip; None for one that is no speech."""

    name: str
    value: str
    language: str
    text: str | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it."""
        return self.name, self.value, self.language


def title_of(message: str) -> str:
    """What a message is called in the ledger."""
    alarm = message.removeprefix(DRILL)
    title = TITLES.get(alarm, alarm)
    return title if alarm == message else f"Diễn tập: {title}"


def messages() -> tuple[PreparedMessage, ...]:
    """All messages of the book, alarms first, each followed by its drill."""
    return tuple(_messages())


def default_words(areas: Iterable[Area]) -> Iterator[ClipText]:
    """The words with which a book begins, the most needed first; places are the names of the commune's areas."""
    yield from (ClipText(name, "", NO_SPEECH, None) for name in (TONE, CHIME))
    yield from (ClipText(name, "", LANGUAGE, text) for name, text in _fixed().items())
    yield from (ClipText(LEVEL, str(level), LANGUAGE, spoken) for level, spoken in enumerate(_LEVELS, 1))
    names = dict.fromkeys(area.name.strip() for area in areas)
    usable = [name for name in names if 0 < len(name) <= LONGEST_VALUE][:MOST_PLACES]
    yield from (ClipText(PLACE, name, LANGUAGE, name) for name in usable)
    yield from (ClipText(HOUR, str(hour), LANGUAGE, f"{hour} giờ.") for hour in range(24))
    yield from (ClipText(NUMBER, str(number), LANGUAGE, str(number)) for number in _NUMBERS)


_LEVELS = ("một.", "hai.", "ba.")
_NUMBERS = (*range(1, 21), *range(25, 96, 5))


def _fixed() -> dict[str, str]:
    found: dict[str, str] = {}
    for message, parts in _SAID.items():
        found |= {_clip(message, at): text for at, text in enumerate(parts, 1) if not text.startswith("{")}
    return {**found, **{message: text for message, (_, text) in _ONCE.items()}, **_DRILL}


def _messages() -> Iterator[PreparedMessage]:
    for message, said in _SAID.items():
        parts = tuple(_part(message, at, text) for at, text in enumerate(said, 1))
        yield PreparedMessage(name=message, kind=Kind.ALARM, opening=(TONE,), parts=parts)
        framed = (Part(name=_BEFORE), *parts, Part(name=_AFTER))
        yield PreparedMessage(name=f"{DRILL}{message}", kind=Kind.DRILL, opening=(CHIME,), parts=framed)
    for message, (kind, _) in _ONCE.items():
        yield PreparedMessage(name=message, kind=kind, opening=(CHIME,), parts=(Part(name=message),) * 2)


def _part(message: str, at: int, text: str) -> Part:
    return Part(name=text[1:-1], slot=True) if text.startswith("{") else Part(name=_clip(message, at))


def _clip(message: str, at: int) -> str:
    return f"{message}-{at}"
