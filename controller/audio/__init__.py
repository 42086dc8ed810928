"""An upload becomes an asset: probed, decoded once, measured by EBU R128, made into the one delivery profile.

The tools (ffprobe, ffmpeg) run under limits of time, memory and size, read only the formats named in `tools.py` and
open nothing but the file given. A refusal is an `AudioRefused` with a sentence; nothing is stored on refusal.
"""

from controller.audio.making import MadeAsset, Profile, cut_asset, make_asset
from controller.audio.media import MediaFolder, Stored
from controller.audio.refusals import AudioFailed, AudioRefused
from controller.audio.tools import require_tools

__all__ = [
    "AudioFailed",
    "AudioRefused",
    "MadeAsset",
    "MediaFolder",
    "Profile",
    "Stored",
    "cut_asset",
    "make_asset",
    "require_tools",
]
