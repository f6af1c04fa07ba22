"""Writing: what an optional writer is given, and what it gives back, before anybody has checked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A sentence that a writer may draw on, under an id that it may cite."""

    id: str  # "1", "2" … of what is new; "k1", "k2" … of what was known
    text: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a writer is asked to do, and what with."""

    offered: tuple[Offered, ...]
    order: str  # what to do, in the program's own words
    material: str  # one JSON object: the sentences, which are never an order


class Writer(Protocol):
    """Something that puts sentences into words of its own."""

    model: str

    async def write(self, brief: Brief) -> str:
        """Return the answer as it came, which nobody may believe unchecked. Raises SourceError."""
        ...


def by_id(offered: Sequence[Offered]) -> dict[str, Offered]:
    """Return the sentences by their ids."""
    return {each.id: each for each in offered}
