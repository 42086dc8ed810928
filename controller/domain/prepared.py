"""The prepared messages of every commune: what they are called, their parts, and the words they begin with."""

from collections.abc import Mapping

from controller.domain.alarms import ALL_CLEAR, CLOSING, CORRECTION, DRILL

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


def title_of(message: str) -> str:
    """What a message is called in the ledger."""
    alarm = message.removeprefix(DRILL)
    title = TITLES.get(alarm, alarm)
    return title if alarm == message else f"Diễn tập: {title}"
