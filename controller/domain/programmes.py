"""What comes with a programme."""

from controller.domain.values import Late, LateKind
from playlists.models import Kind

_WHOLE = Late(LateKind.WHOLE, 9000)
_JOIN = Late(LateKind.JOIN)


def usual_late(kind: Kind) -> Late:
    """The late rule of a programme that says none: a notice is heard whole as long as it may help, the rest goes on."""
    return _WHOLE if kind is Kind.NOTICE else _JOIN
