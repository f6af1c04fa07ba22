"""Origins: how many of those who report something have it from a source of their own."""

from dataclasses import replace
from itertools import permutations

import pytest
from article_samples import article

from monitor.analysis.origins import carrier_of, claimed_host, independent
from monitor.model.article import Reader
from monitor.model.story import Carrier


def carrier(host: str, *credited: str, entry: str = "", copy_of: str | None = None, outlet: str = "") -> Carrier:
    return Carrier(entry=entry or host, outlet=outlet or host, host=host, copy_of=copy_of, credits=credited)


POST, ECHO, HERALD = carrier("post.example"), carrier("echo.example"), carrier("herald.example")


def test_each_host_is_a_voice_and_none_is_two() -> None:
    assert independent([POST, ECHO, HERALD]) == 3
    assert independent([POST, carrier("post.example", entry="second", outlet="Post Sunday")]) == 1


def test_a_page_cannot_make_itself_two_outlets() -> None:
    """What it claims (another agency on each page) takes it out of the count at most."""
    assert independent([carrier("evil.example", "Reuters", entry="1"), carrier("evil.example", "AFP", entry="2")]) == 1


def test_hosts_that_credit_one_agency_are_one_voice_and_so_is_the_agency() -> None:
    wire = carrier("www.reuters.com")
    assert independent([carrier("post.example", "Reuters"), carrier("echo.example", "Reuters")]) == 1
    assert independent([carrier("post.example", "Reuters"), wire]) == 1
    assert independent([carrier("post.example", "AP"), wire, HERALD]) == 3


def test_an_outlet_that_is_called_as_an_agency_is_the_agency() -> None:
    assert independent([carrier("", entry="1", outlet="Reuters"), carrier("post.example", "Reuters")]) == 1


def test_a_text_of_two_agencies_is_no_third_source_beside_them() -> None:
    both, ap, afp = carrier("post.example", "AFP", "AP"), carrier("apnews.com"), carrier("afp.com")
    assert independent([both, ap, afp]) == 2
    assert independent([both, ap]) == 1


def test_a_desk_that_prints_an_agency_counts_by_its_own_report() -> None:
    """A host has one voice: rather its own than the agency's."""
    printed = carrier("post.example", "AP", entry="printed")
    assert independent([printed, POST, carrier("echo.example", "AP")]) == 2


def test_a_copy_confirms_nothing() -> None:
    assert independent([POST, carrier("echo.example", copy_of="post.example")]) == 1
    chain = [POST, carrier("echo.example", copy_of="post.example"), carrier("herald.example", copy_of="echo.example")]
    assert independent(chain) == 1


def test_copies_of_what_is_not_among_them_are_one_voice() -> None:
    copies = [carrier("echo.example", copy_of="gone"), carrier("herald.example", copy_of="gone")]
    assert independent(copies) == 1
    assert independent([*copies, POST]) == 2


def test_copies_that_name_each_other_are_one_voice() -> None:
    assert independent([carrier("a.example", copy_of="b.example"), carrier("b.example", copy_of="a.example")]) == 1


def test_a_file_without_an_address_counts_by_its_outlet() -> None:
    files = [carrier("", entry=str(n), outlet=outlet) for n, outlet in enumerate(("Wire", "Post", "Wire"))]
    assert independent(files) == 2


def test_nobody_is_one_voice_at_least() -> None:
    assert independent([]) == 1


def test_the_order_does_not_matter() -> None:
    told = [
        POST,
        ECHO,
        carrier("a.example", "AP"),
        carrier("b.example", "AP", "AFP"),
        carrier("post.example", "AFP", entry="c"),
    ]
    assert {independent(order) for order in permutations(told)} == {3}


def test_an_article_is_a_voice_with_what_it_credits() -> None:
    found = carrier_of(article("TARVIK (AP) - The harbour was shut.", title="Harbour shut"), copy_of="e0")
    assert found == Carrier(entry="e1", outlet="Tarvik Post", host="post.example", copy_of="e0", credits=("AP",))


def test_an_address_that_a_feed_lists_makes_no_voice_of_its_own() -> None:
    """What stands in the feed alone is the feed's word; the host it names is no second one beside it either."""
    feed = [replace(carrier("evil.example", entry=str(n)), claimed=f"{n}.example") for n in range(3)]
    assert independent(feed) == 1
    assert independent([feed[0], carrier("0.example")]) == 1
    assert independent([feed[0], POST]) == 2


@pytest.mark.parametrize(
    ("url", "reader", "claimed"),
    [
        ("https://post.example/1", Reader.SUMMARY, "post.example"),
        ("https://post.example/1", Reader.PAGE, ""),
        ("https://www.feed.example/1", Reader.SUMMARY, ""),
        (None, Reader.SUMMARY, ""),
    ],
)
def test_only_a_summary_under_another_hosts_address_claims_it(url: str | None, reader: Reader, claimed: str) -> None:
    assert claimed_host(url, "feed.example", reader) == claimed
