"""Ids: the same input always gets the same name, and no two inputs share one."""

import pytest

from monitor.model.ids import make_id


def test_an_id_is_sixteen_hex_digits_and_never_changes() -> None:
    """Ids are kept in databases and in people's mail: another way to make them would cut both off."""
    assert make_id("alert", "mali", "7f3a", "1") == make_id("alert", "mali", "7f3a", "1")
    assert make_id("story", "harbour", "e1") == "330f14d2b3c1bb67"
    assert len(make_id("")) == 16
    assert int(make_id(""), 16) >= 0


def test_order_and_borders_of_the_parts_count() -> None:
    names = [("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("", "a", "b"), ("a\0b",), ("a b",)]
    assert len({make_id(*parts) for parts in names}) == len(names)


def test_a_text_that_is_no_unicode_has_an_id() -> None:
    """A feed may carry half a surrogate pair in its guid; that must not stop the poll."""
    assert len(make_id("wire", "guid \ud800")) == 16


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a\0", "b"), ("a", "\0b")), (("a\0", "\0", "b"), ("a", "\0\0", "b")), (("a\ud800",), ("a?",))],
)
def test_no_two_lists_of_parts_run_together(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """A guid that ends in a null character must not take the id of another feed's entry."""
    assert make_id(*one) != make_id(*other)
