"""Laws of showing: cleaning twice equals once, nothing is lost in wrapping, headline and link always stand there."""

from dataclasses import replace

from alert_samples import URL, alert, changed_alert, known, quote
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting.escape import LINK_MAX, clean, html, safe_link
from monitor.alerting.phrases import wrapped
from monitor.alerting.render import as_chat, as_html, as_text, subject

TRICKY = st.sampled_from("\x1b[]();;:@<!#\\\t\u202e\u200b\u200c\u200d\u0301\u064b\u0628\ue000\U000e0041\u3000javscript")
TEXTS = st.text(alphabet=st.one_of(TRICKY, st.characters()), max_size=60)


@given(TEXTS)
def test_cleaning_twice_equals_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXTS)
def test_clean_text_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    assert shown == " ".join(shown.split())
    shown.encode("utf-8")
    assert not set("<>\"'") & set(html(text).replace("&#x27;", ""))


@given(TEXTS, st.integers(10, 90), st.sampled_from(["", " 1. ", "    now  "]))
def test_wrapping_loses_no_character(text: str, width: int, mark: str) -> None:
    line = clean(text)
    lines = wrapped(line, first=mark, rest=" " * len(mark), width=width + len(mark))
    assert " ".join(each[len(mark) :].strip() for each in lines).strip() == line


@given(TEXTS)
def test_a_safe_link_stays_safe(text: str) -> None:
    link = safe_link("https://example.org/" + text)
    assert link is None or (safe_link(link) == link and len(link) <= LINK_MAX + 2 * text.count("@"))


@given(TEXTS, st.lists(TEXTS, max_size=4), st.integers(400, 3_000), st.integers(1, 300))
def test_headline_and_link_stand_in_every_message(headline: str, quotes: list[str], limit: int, titles: int) -> None:
    shown = replace(
        alert(), headline=headline, new=tuple(quote(text) for text in quotes), known=tuple(known(t) for t in quotes)
    )
    chat = as_chat(shown, limit=limit, title_limit=titles)
    for rendered in (as_text(shown).body, f"{chat.title}\n{chat.body}"):
        assert subject(shown) in rendered
        assert URL in rendered
    assert html(headline) in as_html(shown)
    assert URL in as_html(shown)


@given(st.integers(400, 3_000))
def test_a_chat_message_keeps_within_its_limit(limit: int) -> None:
    for each in (alert(), changed_alert()):
        message = as_chat(each, limit=limit)
        assert len(f"{message.title}\r\n{message.body}") <= limit


@given(TEXTS)
def test_a_quoted_sentence_stands_whole_in_the_text(text: str) -> None:
    body = as_text(replace(alert(), new=(quote(text),))).body
    assert clean(text) in " ".join(body.split())
