"""How long a host asks to be left alone, in every way it may say so."""

import time
from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from monitor.sources.freshness import MAX_FRESH_S, MAX_RETRY_AFTER_S, fresh_for_s, retry_after_s

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 08:00:00 GMT"
LATER = "Sun, 22 Nov 2026 08:10:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "max-age=300"}, 300),
        ({"cache-control": "public, MAX-AGE=300, must-revalidate"}, 300),
        ({"Cache-Control": 'max-age="300"'}, 300),
        ({"Cache-Control": "max-age=0"}, 0),
        ({"Cache-Control": "max-age=99999999999"}, MAX_FRESH_S),
        ({"Cache-Control": "max-age=" + "9" * 5_000}, MAX_FRESH_S),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Cache-Control": "max-age=1.5"}, 0),
        ({"Cache-Control": "max-age=soon"}, 0),
        ({"Cache-Control": "max-age=٣٠٠"}, 0),
        ({"Cache-Control": "max-age"}, 0),
        ({"Cache-Control": "max-age=300, max-age=600"}, 300),
        ({"Cache-Control": "s-maxage=600"}, 0),
        ({"Cache-Control": "s-maxage=600, max-age=300"}, 300),
        ({"Cache-Control": "x-max-age=600"}, 0),
        ({"Cache-Control": "no-cache, max-age=300"}, 0),
        ({"Cache-Control": "max-age=300, no-store"}, 0),
        ({"Cache-Control": 'no-cache="Set-Cookie", max-age=300'}, 300),
        ({"Cache-Control": 'private="a, max-age=5", max-age=300'}, 300),
        ({"Cache-Control": ",,;=,\"max-age=300"}, 300),
        ({"Cache-Control": "max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "400"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "-5"}, 300),
        ({"Cache-Control": "max-age=99999999999", "Age": "100"}, MAX_FRESH_S),
        ({"Cache-Control": "max-age=300", "Expires": DATE, "Date": DATE}, 300),
        ({"Cache-Control": "max-age=x", "Expires": LATER, "Date": DATE}, 0),
        ({"Cache-Control": "no-cache", "Expires": LATER, "Date": DATE}, 0),
        ({"Cache-Control": "public", "Expires": LATER, "Date": DATE}, 600),
        ({"Expires": LATER, "Date": DATE}, 600),
        ({"Expires": LATER, "Date": DATE, "Age": "100"}, 500),
        ({"Expires": LATER, "Date": "Sun, 22 Nov 2026 08:05:00 GMT"}, 300),  # its clock is not ours
        ({"Expires": LATER}, 600),
        ({"Expires": LATER, "Date": "yesterday"}, 600),
        ({"Expires": DATE, "Date": LATER}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Expires": "soon"}, 0),
        ({"Expires": "Sunday, 22-Nov-26 08:10:00 GMT"}, 600),
        ({"Expires": "Sun Nov 22 08:10:00 2026"}, 600),
        ({"Expires": "Wed, 01 Jan 2199 00:00:00 GMT"}, MAX_FRESH_S),
    ],
)  # fmt: skip
def test_an_answer_stays_fresh_for_as_long_as_its_host_says(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for_s(CIMultiDict(headers), now=NOW) == seconds


def test_what_a_host_does_not_say_is_not_nought() -> None:
    """A 304 may leave out what has not changed."""
    assert fresh_for_s({"Date": DATE, "Age": "5"}, now=NOW) is None
    assert fresh_for_s({"Cache-Control": "public"}, now=NOW) == 0


def test_a_header_in_two_lines_is_read_whole() -> None:
    lines = CIMultiDict([("Cache-Control", "public"), ("cache-control", "max-age=300")])
    assert fresh_for_s(lines, now=NOW) == 300
    lines.add("Cache-Control", "no-store")
    assert fresh_for_s(lines, now=NOW) == 0


@pytest.mark.parametrize("value", ["=" * 32_768, 'a="' * 10_000, '"\\' * 16_000, "a=" * 16_000, "a " * 16_000])
def test_no_header_is_slow_to_read(value: str) -> None:
    began = time.process_time()
    assert fresh_for_s({"Cache-Control": value}, now=NOW) == 0
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 120 ", 120), ("0", 0), ("-5", None), ("1.5", None), ("soon", None), ("", None), ("١٢", None),
        ("999999999999", MAX_RETRY_AFTER_S), ("9" * 5_000, MAX_RETRY_AFTER_S), (LATER, 600), (DATE, 0),
        ("Sun, 22 Nov 2026 07:59:59 GMT", None), ("Wed, 01 Jan 2199 00:00:00 GMT", MAX_RETRY_AFTER_S),
        ("Sun, 22 Nov 99999 08:00:00 GMT", None), ("Sun, 99 Nov 2026 08:00:00 GMT", None),
    ],
)  # fmt: skip
def test_a_wait_that_is_asked_for_is_told_and_bounded(value: str, seconds: float | None) -> None:
    assert retry_after_s({"Retry-After": value, "Date": DATE}, now=NOW) == seconds


def test_a_date_to_wait_for_counts_from_the_hosts_own_clock_where_it_shows_one() -> None:
    assert retry_after_s({"Retry-After": LATER, "Date": "Sun, 22 Nov 2026 08:09:00 GMT"}, now=NOW) == 60
    assert retry_after_s({"Retry-After": LATER}, now=NOW) == 600
    assert retry_after_s({}, now=NOW) is None
