"""Why an operation was not done. Nothing was changed; each names its problems in words that any language can say."""

from controller.domain.problems import Problem


class OperationError(Exception):
    """Root of all; `problems` is never empty."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Invalid(OperationError):
    """What was given cannot be taken; each problem names its field."""


class NotSignedIn(OperationError):
    """Nobody is known under what was given."""


class NotAllowed(OperationError):
    """The person may see this, but not do that."""


class NotFound(OperationError):
    """There is no such thing, or it is foreign: both are answered alike."""


class Conflict(OperationError):
    """It does not fit what is there now: an older number, a wrong state, a name that is taken."""


class TooOften(OperationError):
    """Too many failures; try again in `retry_after` seconds."""

    def __init__(self, retry_after: int, *problems: Problem) -> None:
        super().__init__(*problems)
        self.retry_after = retry_after


class Busy(OperationError):
    """The database is held by another process; the same request may succeed later."""


def not_found(where: str = "") -> NotFound:
    """The one answer to what does not exist and to what is foreign."""
    return NotFound(Problem(where, "not_found", "There is no such thing."))
