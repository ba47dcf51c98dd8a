"""What can go wrong, told apart: our user's call, the world around us, the event at hand."""


class SemkoError(Exception):
    """A message for people: what is wrong and what to do. Shown without a stack trace."""


class CallError(SemkoError):
    """The call, a file or a setting is wrong: exit code 2."""


class WorldError(SemkoError):
    """Something that is needed is not there: exit code 3."""


class StoreUnavailable(WorldError):
    """The store cannot do it now, but may later with the same arguments."""


class StoreHeld(WorldError):
    """Another process holds the store."""


class LogFenced(WorldError):
    """Another owner has claimed the partition: this one must write nothing more."""


class LogUnavailable(WorldError):
    """The log cannot do it now (disk full, file held), but may later with the same arguments."""


class LogDamaged(WorldError):
    """The file is no log of ours, of another format, or broken."""


class OffsetOutsideLog(WorldError):
    """An offset that the log no longer holds or does not hold yet.

    ``earliest`` is the first offset that can be read, ``end`` the one to be written next.
    """

    def __init__(self, message: str, earliest: int, end: int) -> None:
        super().__init__(message)
        self.earliest = earliest
        self.end = end


class Refused(ValueError):
    """What was sent is no event of the contract.

    ``reason`` is ``json``, ``contract``, ``future``, ``misrouted``, ``expired`` or ``too_long``;
    ``field`` the field it is about, or empty; ``problem`` what is wrong with it and what would be
    right.
    """

    def __init__(self, reason: str, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.reason = reason
        self.field = field
        self.problem = problem
