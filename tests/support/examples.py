"""How many examples the dear property tests try: few by default, so that the folder takes seconds."""

import os

from hypothesis import HealthCheck, settings


def examples(few: int) -> settings:
    """So many, or as many as LOA_EXAMPLES says."""
    return settings(
        max_examples=int(os.environ.get("LOA_EXAMPLES", few)), deadline=None, suppress_health_check=list(HealthCheck)
    )
