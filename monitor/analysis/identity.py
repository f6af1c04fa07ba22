"""Identity: whether a listed entry is one that its feed listed before.

In:  an entry as listed now; what the store knows under its guid, under its link, under its words.
Out: new, the same, edited, or known under another guid; and the guid it goes by.
Not here: other feeds' entries with the same text (copies.py), looking anything up (store/entries.py).

A guid is the feed's word, and feeds break it: guids that change with each poll, guids given to another article,
one guid for all. What decides is guid, link and words together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from monitor.model.ids import told_apart
from monitor.text.tokens import words

SAME_WORDS: Final = 0.8  # of the longer one's words: the same text, edited
MOST_WORDS: Final = 0.5  # under one guid and without two addresses: an edited text; less is another article
LEAST_CHARS: Final = 40  # of title and summary, for words alone to name an entry
MOST_COMPARED: Final = 200_000  # characters of one feed's texts at a time: 0.02 s of English, 0.4 s of Russian


class Sighting(StrEnum):
    """What a listed entry is to its feed's earlier entries."""

    NEW = "new"
    SAME = "same"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What identity is told by."""

    guid: str
    url_key: str | None
    title: str
    summary: str

    @property
    def words_hash(self) -> bytes:
        """8 bytes that stand for title and summary."""
        return blake2b(f"{self.title}\0{self.summary}".encode("utf-8", "replace"), digest_size=8).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An earlier entry of the same feed."""

    n: int  # its place in the store
    listed: Listed
    words_hash: bytes | None  # None: stored by a version that kept none

    def says(self) -> bytes:
        """Return what stands for its title and summary."""
        return self.listed.words_hash if self.words_hash is None else self.words_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What one listed entry is."""

    sighting: Sighting
    known: KnownEntry | None = None  # None for a new one
    guid: str  # to store a new one under
    is_renamed: bool = False  # known, but under another guid


@dataclass(slots=True)
class Effort:
    """What may still be spent on comparing the texts of one feed's entries: a stranger says how long they are."""

    chars: int = MOST_COMPARED

    def shared(self, one: str, other: str) -> float:
        """Return the share of the longer text's words that the other one has too; 0.0 once nothing is left to spend."""
        if self.chars <= 0:
            return 0.0
        self.chars -= len(one) + len(other)
        return _shared(set(words(one)), set(words(other)))

    def is_rewording(self, one: str, other: str) -> bool:
        """Return whether two texts have nearly all words in common, and every number."""
        if self.chars <= 0:
            return False
        self.chars -= len(one) + len(other)
        mine, theirs = set(words(one)), set(words(other))
        return _shared(mine, theirs) >= SAME_WORDS and _numbers(mine) == _numbers(theirs)


def identify(
    listed: Listed,
    *,
    by_guid: Sequence[KnownEntry],
    by_link: Sequence[KnownEntry],
    by_words: Sequence[KnownEntry],
    effort: Effort,
) -> Identity:
    """Return what a listed entry is.

    by_guid: the known entries with its guid or with its `other_guid`. by_link, by_words: known ones of its feed with
    its address (none where other listed ones have that too), with its title and summary; some of them are enough.
    Where in doubt it is new: a copy is found out later, a loss is not.
    """
    says = listed.words_hash
    for known in by_guid:
        if known.words_hash is None or known.words_hash == says:
            return Identity(sighting=Sighting.SAME, known=known, guid=known.listed.guid)
    for known in by_guid:
        if _is_edit(listed, known.listed, effort):
            return Identity(sighting=Sighting.EDITED, known=known, guid=known.listed.guid)
    for known in (*by_link, *by_words):
        if known.says() == says and _is_named_alike(listed, known.listed):
            return Identity(sighting=Sighting.SAME, known=known, guid=known.listed.guid, is_renamed=True)
    # An address of several entries names none of them.
    if len(by_link) == 1 and _is_page(listed.url_key) and effort.is_rewording(_text(listed), _text(by_link[0].listed)):
        return Identity(sighting=Sighting.EDITED, known=by_link[0], guid=by_link[0].listed.guid, is_renamed=True)
    return Identity(sighting=Sighting.NEW, guid=other_guid(listed) if by_guid else listed.guid)


def other_guid(listed: Listed) -> str:
    """Return a guid for an entry whose own one belongs to another entry."""
    return told_apart(listed.guid, listed.url_key, listed.title)


def _is_edit(listed: Listed, known: Listed, effort: Effort) -> bool:
    """Return whether a listed entry is an edit of the known one whose guid it has.

    At another address it is one only under nearly the same title: articles of one kind share most of their words.
    """
    if listed.url_key is None or known.url_key is None:
        return effort.shared(_text(listed), _text(known)) >= MOST_WORDS
    return listed.url_key == known.url_key or effort.shared(listed.title, known.title) >= SAME_WORDS


def _is_named_alike(listed: Listed, known: Listed) -> bool:
    """Return whether two entries of the same words are one: they lead to one page, or there are words enough."""
    if listed.url_key is not None and listed.url_key != known.url_key:
        return False
    return _is_page(listed.url_key) or len(listed.title) + len(listed.summary) >= LEAST_CHARS


def _is_page(url_key: str | None) -> bool:
    """Return whether an address may be one entry's own; a site's front page is none's."""
    place = (url_key or "").partition("://")[2]
    return "/" in place.rstrip("/") or "?" in place


def _text(listed: Listed) -> str:
    return f"{listed.title} {listed.summary}"


def _shared(mine: set[str], theirs: set[str]) -> float:
    most = max(len(mine), len(theirs))
    return len(mine & theirs) / most if most else 0.0


def _numbers(found: set[str]) -> set[str]:
    return {word for word in found if any(character.isdigit() for character in word)}
