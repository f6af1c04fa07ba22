"""Laws of chat messages: any alert fits any budget, its markup ends where it begins, and nothing from outside acts."""

import re
import unicodedata
from dataclasses import replace

import pytest
from alert_samples import alert, changed_alert, known, quote
from digest_samples import channel_alert, item, night
from hypothesis import given
from hypothesis import strategies as st
from markup import read
from source_samples import source_alert

from monitor.alerting.escape import site
from monitor.alerting.formats import Format, render
from monitor.alerting.message import SYNTAX, Span, Style, size
from monitor.alerting.outline import READ, Outline, outline
from monitor.alerting.phrases import short_id
from monitor.model.delivery import AnyAlert, Digest
from monitor.model.judgement import Alert, Bullet, Severity, SourceAlert, Written

MARKS = st.sampled_from(
    ["*", "_", "**", "__", "~~", "`", "```", "||", "[a](https://x.example)", "](", "<b>", "</a>", "<!channel>", "<@U1>",
     "<@&1>", "<#C1>", "<t:1:R>", "<https://x.example|y>", "@everyone", "@here", "@room", "@**all**", "@bob", "&lt;",
     "&amp;", "&#64;", "\n", "# ", "-# ", "> ", "- ", "1. ", "---", "===", "\\", "\x1b[31m", "\u202e", "\u200b", "🟡",
     "https://matrix.to/#/@a:b.example", " ", "a", "é", "Mali", "x_y"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(MARKS, st.characters()), max_size=6).map("".join)
LINKS = st.one_of(
    TEXTS.map(lambda text: f"https://example.org/{text}"),
    st.sampled_from([None, "https://example.org/a(b)[c]|d*e_f~g", "https://matrix.to/#/@a:b.example?x=1&y=2"]),
)
FORMATS = st.sampled_from(Format)
LOOKALIKES = str.maketrans("∗∼ˋ＿‹›¦＠", "*~`_<>|@")


@st.composite
def stories(draw: st.DrawFn) -> Alert:
    base = draw(st.sampled_from([alert(), changed_alert()]))
    said = draw(st.lists(TEXTS, max_size=4))
    [change] = changed_alert().changed
    told = replace(change, what=draw(TEXTS), was=draw(TEXTS), now=draw(TEXTS), sentence=draw(TEXTS))
    return replace(
        base,
        headline=draw(TEXTS),
        url=draw(LINKS),
        watch=draw(TEXTS),
        outlets=tuple(draw(st.lists(TEXTS, max_size=3))),
        new=tuple(quote(text, outlet=draw(TEXTS)) for text in said),
        known=tuple(known(text) for text in said),
        changed=(told,) if base.changed else (),
        matched=(draw(TEXTS),),
        severity=draw(st.sampled_from(Severity)),
        written=Written(model=draw(TEXTS), bullets=(Bullet(text=draw(TEXTS), cites=()),)),
    )


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    items = [
        item(n, headline=draw(TEXTS), url=draw(LINKS), watch=draw(TEXTS), new=(draw(TEXTS),), changed=(draw(TEXTS),))
        for n in range(draw(st.integers(0, 5)))
    ]
    return replace(night(), name=draw(TEXTS), items=tuple(items))


@st.composite
def sources(draw: st.DrawFn) -> SourceAlert:
    return replace(source_alert(), feed=draw(TEXTS), reason=draw(TEXTS), url=draw(LINKS))


@st.composite
def channels(draw: st.DrawFn) -> AnyAlert:
    return replace(channel_alert(), channel=draw(TEXTS), reason=draw(TEXTS), headline=draw(TEXTS))


ALERTS = st.one_of(stories(), digests(), sources(), channels())


@given(ALERTS, FORMATS, st.integers(30, 3_000), st.sampled_from([0, 40, 250]))
def test_a_message_fits_and_its_markup_is_whole(each: AnyAlert, form: Format, limit: int, title_limit: int) -> None:
    message = render(each, form, limit=limit, title_limit=title_limit)
    assert size(message.title) + size(message.body) + (2 if message.title else 0) <= limit
    shown = read(form, message.body)
    assert short_id(each) in shown.text
    assert message.title or shown.text.split("\n")[0]


def words(told: Outline, span: Span, form: Format) -> str:
    """Return what a person sees of a span."""
    return span.url if span.url and form is Format.TEXT else span.text


@given(ALERTS, FORMATS)
def test_what_a_person_sees_is_the_same_in_every_format(each: AnyAlert, form: Format) -> None:
    told = outline(each)
    shown = read(form, render(each, form, limit=1_000_000, title_limit=0).body)
    pieces = (*told.evidence.found, *told.evidence.extra)
    lines = [told.standing, *(line for piece in pieces for line in piece), told.link, *told.foot]
    seen = shown.text.translate(LOOKALIKES)
    for line in lines:
        for span in line:
            expected = words(told, span, form).translate(LOOKALIKES)
            assert expected in seen
    assert told.headline.translate(LOOKALIKES) == seen.split("\n")[0]
    if form is not Format.TEXT:
        assert shown.bold[0].translate(LOOKALIKES) == seen.split("\n")[0]


@given(ALERTS, FORMATS, st.integers(60, 3_000))
def test_nothing_from_outside_acts(each: AnyAlert, form: Format, limit: int) -> None:
    message = render(each, form, limit=limit, title_limit=0)
    shown = read(form, message.body)
    links = {line.url for line in every_span(outline(each)) if line.url}
    assert len(shown.links) <= len([line for line in every_span(outline(each)) if line.url])
    assert all(words == f"{READ} {site(address)}" for words, address in shown.links)  # a link says where it leads
    assert all(any(_same(address, link) for link in links) for _, address in shown.links)
    visible = shown.text
    for link in links if form is Format.TEXT else ():
        visible = visible.replace(link, "")
    assert not re.search(r"(?<![\w.])@\w|@(?:everyone|here|channel|room|all)\b|<[!@#]", visible)
    assert not [char for char in visible if unicodedata.category(char)[0] == "C" and char not in "\n\u200c\u200d"
                and unicodedata.category(char) != "Cn"]  # fmt: skip
    assert "matrix.to" not in "".join(address for _, address in shown.links) or form is not Format.MATRIX_HTML


def every_span(told: Outline) -> list[Span]:
    pieces = (*told.evidence.found, *told.evidence.extra)
    return [span for line in (told.link, *(line for piece in pieces for line in piece)) for span in line]


def _same(address: str, link: str) -> bool:
    """Whether two addresses differ only in what is written with a percent sign."""
    plain = {"%28": "(", "%29": ")", "%5B": "[", "%5D": "]", "%7C": "|", "%2A": "*"}
    for code, sign in plain.items():
        address, link = address.replace(code, sign), link.replace(code, sign)
    return address == link


@given(stories(), FORMATS, st.integers(600, 3_000))
def test_where_there_is_room_headline_counts_and_link_stay(each: Alert, form: Format, limit: int) -> None:
    told = outline(each)
    if size("".join(span.text + (span.url or "") for span in (*told.standing, *told.link)) + told.headline) > limit / 6:
        return
    shown = read(form, render(each, form, limit=limit, title_limit=0).body)
    assert "new of" in shown.text
    if told.link and "matrix.to" not in (told.link[0].url or ""):
        assert told.link[0].url in shown.text or _same(shown.links[-1][1], told.link[0].url or "")


@given(stories(), FORMATS, st.integers(200, 3_000))
def test_only_whole_lines_give_way(each: Alert, form: Format, limit: int) -> None:
    everything = read(form, render(each, form, limit=1_000_000, title_limit=0).body).text.split("\n")
    lines = read(form, render(each, form, limit=limit, title_limit=0).body).text.split("\n")
    told = outline(each)
    own = {short_id(each), *("".join(span.text for span in line) for line in (told.counted, told.evidence.brief))}
    headline, *others = lines
    assert headline == everything[0] or headline.endswith("…")
    for line in others:
        assert line in everything or line in own or re.fullmatch(r"\+ \d+ more new", line) or _is_alike(line, own)


def _is_alike(line: str, own: set[str]) -> bool:
    return line.translate(LOOKALIKES) in {each.translate(LOOKALIKES) for each in own}


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("form", Format)
def test_no_style_loses_words(form: Format, style: Style) -> None:
    assert read(form, SYNTAX[form].line((Span("It`s a"), Span(" "), Span("word", style)))).text.endswith(" word")
