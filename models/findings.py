"""What a look at an installation found: of registry, disk, log and store alike."""

from typing import NamedTuple


class Finding(NamedTuple):
    """What was looked at, whether it is good, and what there is to say of it: where it is not good,
    what is wrong and what to do."""

    name: str
    good: bool
    says: str
