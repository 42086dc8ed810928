"""Where this checkout lies."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def importable_root() -> None:
    """Let this process import `tests`, which no distribution installs."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
