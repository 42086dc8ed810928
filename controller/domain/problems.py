"""What is wrong, in a form that any language can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was given.

    `where` is the path of the field (`recurrence.last_day`), empty for the whole. `message` is English with named
    places (`{name}`) and the msgid of its translation; `params` fill them.
    """

    where: str
    reason: str
    message: str
    params: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.params)
