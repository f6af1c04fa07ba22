"""Which articles of a story are meant, and which go with them."""

from datetime import UTC, datetime

import pytest

from monitor.pipeline.shelf import meant, with_copies
from monitor.store.stories import Member, StoryError
from monitor.text.urls import canonical

AT = datetime(2024, 5, 1, tzinfo=UTC)


def member(n: int, entry: str, *, url: str | None = None, copy_of: str | None = None) -> Member:
    key = canonical(url) if url else None
    return Member(n=n, entry=entry, story="s", url=url, url_key=key, title="T", copy_of=copy_of, at=AT)


MEMBERS = (
    member(1, "aaaa1111", url="https://desk.example/ferry?id=7"),
    member(2, "aaaa2222", url="https://desk.example/ferry?id=7#top"),
    member(3, "bbbb3333"),
    member(4, "cccc4444", url="https://other.example/x"),
)


@pytest.mark.parametrize(
    ("ref", "entries"),
    [
        ("bbbb3333", {"bbbb3333"}),
        ("BBBB", {"bbbb3333"}),
        ("aaaa2", {"aaaa2222"}),
        ("https://desk.example/ferry?id=7", {"aaaa1111", "aaaa2222"}),
        ("http://www.desk.example/ferry?id=7&utm_source=mail", {"aaaa1111", "aaaa2222"}),
    ],
)
def test_an_entry_is_named_by_its_id_the_beginning_of_it_or_its_address(ref: str, entries: set[str]) -> None:
    assert meant(MEMBERS, ref, story="s") == entries


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("aaaa", "'aaaa' may be any of the entries aaaa1111, aaaa2222; write more of it"),
        ("dddd", "'dddd' is no entry of story s"),
        ("a%", "'a%' is no entry of story s"),
        ("https://desk.example/", "'https://desk.example/' is no entry of story s"),
    ],
)
def test_what_names_none_or_several_is_refused(ref: str, said: str) -> None:
    with pytest.raises(StoryError) as refusal:
        meant(MEMBERS, ref, story="s")
    assert str(refusal.value) == said


def test_copies_of_copies_go_along_whatever_their_order() -> None:
    members = (member(1, "c", copy_of="b"), member(2, "b", copy_of="a"), member(3, "a"), member(4, "d", copy_of="gone"))
    assert with_copies(members, frozenset("a")) == frozenset("abc")
    assert with_copies(members, frozenset("b")) == frozenset("bc")
    assert with_copies(members, frozenset("d")) == frozenset("d")
    assert with_copies(members, frozenset()) == frozenset()
