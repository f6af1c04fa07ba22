"""Laws of telling about sources: whatever a feed is called, the headline stands there and nothing outside acts."""

import shlex
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from source_samples import FEED_URL, source_alert

from monitor.alerting.escape import clean, html
from monitor.alerting.phrases import duration
from monitor.alerting.render import as_chat, as_html, as_text, subject
from monitor.alerting.sources import account
from monitor.model.feed import SourceState

TRICKY = st.sampled_from("\x1b[]();;:@<!#\\\t\u202e\u200b\u200c\u200d\u0301\u0628\ue000\U000e0041javscript-'`$ …")
TEXTS = st.text(alphabet=st.one_of(TRICKY, st.characters()), max_size=60)
STATES = st.sampled_from(SourceState)


@given(TEXTS, TEXTS, TEXTS, STATES, st.integers(500, 3_000), st.integers(1, 300))
def test_the_headline_and_an_address_stand_in_every_message(
    feed: str, reason: str, path: str, state: SourceState, limit: int, titles: int
) -> None:
    shown = replace(source_alert(state), feed=feed, reason=reason, url=f"{FEED_URL}/{path}")
    chat, told = as_chat(shown, limit=limit, title_limit=titles), account(shown)
    for rendered in (as_text(shown).body, f"{chat.title}\n{chat.body}"):
        assert subject(shown) in rendered
        assert (told.address or "") in rendered
    assert html(subject(shown)) in as_html(shown)


@given(TEXTS, TEXTS, STATES)
def test_every_line_is_clean(feed: str, reason: str, state: SourceState) -> None:
    told = account(replace(source_alert(state), feed=feed, reason=reason))
    lines = [told.headline, told.meaning, *(line for _, line in told.facts), *told.commands]
    assert [clean(line) for line in lines] == lines
    assert all(lines)


@given(TEXTS)
def test_a_command_that_names_the_feed_names_it_alone(feed: str) -> None:
    first, *_ = account(replace(source_alert(), feed=feed)).commands
    words = shlex.split(first)
    assert words in (
        ["monitor", "feed", "list"],
        ["monitor", "feed", "show", feed],
        ["monitor", "feed", "show", "--", feed],
    )


@given(st.integers(300, 3_000), STATES)
def test_a_chat_message_keeps_within_its_limit(limit: int, state: SourceState) -> None:
    message = as_chat(source_alert(state), limit=limit)
    assert len(f"{message.title}\r\n{message.body}") <= limit


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=9_999)))
def test_a_time_is_told_short_of_one_smaller_unit(span: timedelta) -> None:
    told = duration(span).split()
    minutes = sum(int(n) * {"d": 1_440, "h": 60, "min": 1}[unit] for n, unit in zip(told[::2], told[1::2], strict=True))
    assert timedelta() <= span - timedelta(minutes=minutes) < timedelta(hours=1 if "d" in told else 0, minutes=1)
