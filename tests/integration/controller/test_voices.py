"""A text becomes an asset that can be heard, or is refused in a sentence: real espeak-ng."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from controller.audio import MediaFolder, make_asset
from controller.voices import LONGEST_TEXT, VOICES, SpeechRefused, speak

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("voice", VOICES)
def test_a_text_is_spoken_and_becomes_an_asset(voice: str, tmp_path: Path) -> None:
    wav = tmp_path / "speech.wav"
    speak("Kính mời bà con đi tiêm phòng lúc bảy giờ sáng mai.", voice, wav)
    made = make_asset(wav, "Tiêm phòng", MediaFolder(tmp_path / "media"))
    assert made.frames > 48_000
    assert made.loudness == pytest.approx(-16, abs=2)


def test_a_text_typed_in_another_way_sounds_the_same(tmp_path: Path) -> None:
    text = "Thôn Đoài họp lúc bảy giờ"
    speak(text, "vi", tmp_path / "one.wav")
    speak(unicodedata.normalize("NFD", text), "vi", tmp_path / "two.wav")
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


@pytest.mark.parametrize(
    ("text", "voice", "reason"),
    [
        ("", "vi", "empty"),
        (" \n… !?", "vi", "empty"),
        ("a" * (LONGEST_TEXT + 1), "vi", "too_long"),
        ("chuông\x07reo", "vi", "control_characters"),
        ("Xin chào", "../../x", "unknown_voice"),
    ],
)
def test_a_text_that_cannot_be_spoken_is_refused(text: str, voice: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SpeechRefused) as refused:
        speak(text, voice, tmp_path / "speech.wav")
    assert refused.value.problem.reason == reason
    assert not (tmp_path / "speech.wav").exists()


@pytest.mark.parametrize("text", ["--version", "-f /etc/passwd", "[[h@l'oU]]", "<break time='60s'/> xin chào"])
def test_a_text_is_words_to_say_never_an_option(text: str, tmp_path: Path) -> None:
    speak(text, "vi", tmp_path / "speech.wav")
    assert 10_000 < (tmp_path / "speech.wav").stat().st_size < 1_000_000
