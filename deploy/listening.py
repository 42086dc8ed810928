"""Finds a programme in a recording: where it begins there, and how alike the two are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

PROBE = 5.0
"""Seconds of the programme that are searched for."""


def find(programme: Signal, recording: Signal, rate: int) -> tuple[int, float]:
    """(offset, correlation): recording[offset + k] is programme[k], and by how much they are alike there, 0..1.

    Both mono, at `rate`; offset in frames, negative where the recording begins in mid-programme. The loudest stretch of
    the programme is searched for, then all that overlaps is compared. (0, 0.0) where either is silent.
    """
    whole, heard = _floats(programme), _floats(recording)
    start = _loudest(whole, min(len(whole), len(heard), int(PROBE * rate)))
    probe = whole[start : start + int(PROBE * rate)]
    if not probe.any() or not heard.any():
        return 0, 0.0
    offset = _best(probe, heard) - start
    return offset, _alike(whole, heard, offset)


def frames_apart(one: Signal, other: Signal) -> float:
    """By how many frames `other` is late against `one`, to a fraction of a frame: both hold the same sound."""
    size = 1 << (len(one) + len(other) - 1).bit_length()
    across = np.fft.irfft(np.conj(np.fft.rfft(_floats(one), size)) * np.fft.rfft(_floats(other), size), size)
    peak = int(np.argmax(across))
    before, top, after = (float(across[(peak + step) % size]) for step in (-1, 0, 1))
    bend = before - 2 * top + after
    whole = peak - size if peak > size // 2 else peak
    return whole + (0.5 * (before - after) / bend if bend else 0.0)


def _floats(signal: Signal) -> Floats:
    return np.asarray(signal, np.float64)


def _loudest(signal: Floats, length: int) -> int:
    """Where the loudest stretch of so many frames begins."""
    if length >= len(signal) or length <= 0:
        return 0
    energy = np.concatenate(([0.0], np.cumsum(signal**2)))
    return int(np.argmax(energy[length:] - energy[:-length]))


def _best(probe: Floats, heard: Floats) -> int:
    """The place in `heard` at which `probe` fits best, by blocks so that an hour needs no gigabytes."""
    size = 1 << (4 * len(probe) - 1).bit_length()
    step = size - len(probe) + 1
    pattern = np.conj(np.fft.rfft(probe, size))
    padded = np.concatenate((np.zeros(len(probe) - 1), heard, np.zeros(len(probe) - 1)))
    energy = np.concatenate(([0.0], np.cumsum(padded**2)))
    floor = 1e-3 * float(np.max(np.abs(heard))) * math.sqrt(len(probe))
    best, place = -1.0, 0
    for start in range(0, len(padded) - len(probe) + 1, step):
        block = padded[start : start + size]
        fits = np.fft.irfft(pattern * np.fft.rfft(block, size), size)[: min(step, len(block) - len(probe) + 1)]
        ends = start + len(probe) + np.arange(len(fits))
        alike = fits / np.maximum(np.sqrt(energy[ends] - energy[ends - len(probe)]), floor)
        if alike.max() > best:
            best, place = float(alike.max()), start + int(alike.argmax())
    return place - (len(probe) - 1)


def _alike(whole: Floats, heard: Floats, offset: int) -> float:
    low, high = max(0, -offset), min(len(whole), len(heard) - offset)
    one, other = whole[low:high], heard[low + offset : high + offset]
    power = math.sqrt(float(one @ one) * float(other @ other))
    return max(0.0, min(1.0, float(one @ other) / power)) if power else 0.0
