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

from monitor.text.tokens import words

SAME_WORDS: Final = 0.8  # of the longer one's words: the same text, edited
MOST_WORDS: Final = 0.5  # under one guid and without two addresses: an edited text; less is another article
LEAST_CHARS: Final = 40  # of title and summary, for words alone to name an entry


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What one listed entry is."""

    sighting: Sighting
    known: KnownEntry | None = None  # None for a new one
    guid: str  # to store a new one under
    is_renamed: bool = False  # known, but under another guid


def identify(
    listed: Listed, *, by_guid: Sequence[KnownEntry], by_link: Sequence[KnownEntry], by_words: Sequence[KnownEntry]
) -> Identity:
    """Return what a listed entry is.

    by_guid: the known entries with its guid or with its `other_guid`. by_link, by_words: known ones of its feed with
    its address, with its title and summary. Where in doubt it is new: a copy is found out later, a loss is not.
    """
    for known in by_guid:
        if _says_same(listed, known):
            return Identity(sighting=Sighting.SAME, known=known, guid=known.listed.guid)
    for known in by_guid:
        if _is_edit(listed, known.listed):
            return Identity(sighting=Sighting.EDITED, known=known, guid=known.listed.guid)
    for known in (*by_link, *by_words):
        if _says_same(listed, known) and (known.listed.url_key == listed.url_key or _is_named_by_words(listed, known)):
            return Identity(sighting=Sighting.SAME, known=known, guid=known.listed.guid, is_renamed=True)
    for known in by_link:
        texts = (f"{each.title} {each.summary}" for each in (listed, known.listed))
        if _shared(*texts) >= SAME_WORDS:
            return Identity(sighting=Sighting.EDITED, known=known, guid=known.listed.guid, is_renamed=True)
    return Identity(sighting=Sighting.NEW, guid=other_guid(listed) if by_guid else listed.guid)


def other_guid(listed: Listed) -> str:
    """Return a guid for an entry whose own one belongs to another entry."""
    told_apart = f"{listed.guid}\n{listed.url_key or ''}\n{listed.title}"
    return blake2b(told_apart.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _is_edit(listed: Listed, known: Listed) -> bool:
    """Return whether a listed entry is an edit of the known one whose guid it has.

    At another address it is one only under nearly the same title: articles of one kind share most of their words.
    """
    if listed.url_key is None or known.url_key is None:
        return _shared(f"{listed.title} {listed.summary}", f"{known.title} {known.summary}") >= MOST_WORDS
    return listed.url_key == known.url_key or _shared(listed.title, known.title) >= SAME_WORDS


def _says_same(listed: Listed, known: KnownEntry) -> bool:
    return known.words_hash is None or known.words_hash == listed.words_hash


def _is_named_by_words(listed: Listed, known: KnownEntry) -> bool:
    """Return whether the words alone are enough: there are some, and no link says otherwise."""
    has_links = listed.url_key is not None and known.listed.url_key is not None
    return not has_links and len(listed.title) + len(listed.summary) >= LEAST_CHARS


def _shared(one: str, other: str) -> float:
    """Return the share of the longer text's words that the other one has too."""
    mine, theirs = set(words(one)), set(words(other))
    most = max(len(mine), len(theirs))
    return len(mine & theirs) / most if most else 0.0
