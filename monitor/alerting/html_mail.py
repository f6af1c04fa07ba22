"""HTML mail: an alert as one column that any mail program shows, by day and by night.

In:  an alert of any kind.
Out: one HTML document: a table, inline styles, a hidden preheader, nothing loaded from anywhere.
Not here: the text part (render.py), the envelope and headers (delivery/).
"""

from collections.abc import Iterable
from html import escape
from typing import assert_never

from monitor.alerting import digests
from monitor.alerting.digests import Detail, Told
from monitor.alerting.escape import clean, html, safe_link, site
from monitor.alerting.namesakes import SPELT, same_names
from monitor.alerting.phrases import (
    WRITTEN,
    Selection,
    befores,
    by_heading,
    by_machine,
    change_line,
    heading,
    headline,
    known_since,
    mute,
    origin,
    quote_origin,
    select,
    short_id,
    standing,
    whence,
    why,
)
from monitor.alerting.sources import Account, account
from monitor.model.delivery import AnyAlert, ChannelAlert, Digest
from monitor.model.judgement import Alert, Change, Quote, SourceAlert

NEW_MAX = 12
PREHEADER_MAX = 140  # characters an inbox shows beside the subject

_FONT = "font-family:Georgia,'Times New Roman',serif"
_SMALL = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:13px;line-height:1.5;opacity:.75"
_MARK = "background:#ffe98a;color:#1c1b19;padding:0 2px"
# Programs that know dark mode turn the page; those that do not keep these light colours. <mark> is legible on both.
_DARK = "@media (prefers-color-scheme:dark){.page,.card{background:#1c1b19!important;color:#eceae4!important}}"


def as_html(alert: AnyAlert) -> str:
    """Return the alert as an HTML document; every word from outside is cleaned and escaped."""
    match alert:
        case Alert():
            return _story(alert)
        case SourceAlert() | ChannelAlert():
            return _account(alert)
        case Digest():
            return _digest(alert)
        case _:
            assert_never(alert)


def _story(alert: Alert) -> str:
    shown = select(alert, new_max=NEW_MAX)
    link = _link(safe_link(alert.url or ""), "Read the article")
    head, foot = _head(headline(alert), standing(alert)), _foot(alert)
    rows = [head, _new(shown), _changed(shown, alert), _known(shown), _names(alert), _written(alert), link, foot]
    return _page(headline(alert), preheader=_preheader(alert), rows=rows)


def _account(alert: SourceAlert | ChannelAlert) -> str:
    told = account(alert)
    link = _link(told.address, "Open the feed" if told.is_whole else None)
    foot = _small_print(f"where this was sent: <code>monitor why {html(alert.id)}</code> {html(short_id(alert))}")
    rows = [_head(told.headline, told.meaning), _facts(told), link, foot]
    return _page(told.headline, preheader=told.meaning, rows=rows)


def _digest(digest: Digest) -> str:
    details = digests.details(digest)
    rows = [_head(digests.headline(digest), digests.standing(digest))]
    for group in digests.groups(digest):
        items = [_item(digests.told(item, digest), details[item]) for item in group.items if details[item]]
        rows += [_label(html(group.label.upper())), *items] if items else []
    hidden = sum(detail is Detail.NOTHING for detail in details.values())
    more = f"+ {hidden} more<br>" if hidden else ""
    foot = f"{more}all of it: <code>{html(digests.command(digest))}</code> {html(short_id(digest))}"
    first = digests.told(digests.groups(digest)[0].items[0], digest).headline if digest.items else ""
    return _page(digests.headline(digest), preheader=first, rows=[*rows, _small_print(foot)])


def _item(told: Told, detail: Detail) -> str:
    """Return one item as a row; the link says where it leads."""
    title = f"<b>{html(told.headline)}</b>"
    if detail is Detail.HEADLINE:
        return _row(title, padding="3px 28px")
    lines = [title, *(f'<mark style="{_MARK}">{html(line)}</mark>' for line in told.changed)]
    if detail is Detail.WHOLE:
        lines += (f"• {html(sentence)}" for sentence in told.new)
    facts = html(told.facts)
    if told.address:
        words = html(site(told.address))
        facts += f' · <a href="{escape(told.address, quote=True)}" style="color:inherit">{words}</a>'
    lines.append(f'<span style="{_SMALL}">{facts}</span>')
    return _row("<br>".join(lines), padding="8px 28px")


def _facts(told: Account) -> str:
    rows = [_label(label) + "\n" + _row(html(text)) for label, text in told.facts]
    commands = [_row(f"<code>{html(command)}</code>", padding="3px 28px") for command in told.commands]
    return "\n".join([*rows, _label("LOOK"), *commands])


def _page(title: str, *, preheader: str, rows: Iterable[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{html(title)}</title><style>{_DARK}</style></head>\n"
        '<body class="page" style="margin:0;padding:0;background:#f4f2ec;color:#1c1b19">\n'
        f'<div style="display:none;max-height:0;overflow:hidden">{html(preheader)}</div>\n'
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="background:#f4f2ec"><tr><td align="center" style="padding:24px 12px">\n'
        '<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" '
        f'style="max-width:600px;width:100%;background:#fffefb;color:#1c1b19;{_FONT};font-size:17px;line-height:1.5">\n'
        + "\n".join(row for row in rows if row)
        + "\n</table>\n</td></tr></table>\n</body></html>\n"
    )


def _row(inner: str, *, padding: str = "6px 28px") -> str:
    return f'<tr><td dir="auto" style="padding:{padding}">{inner}</td></tr>'


def _label(word: str) -> str:
    return _row(f'<div style="{_SMALL};letter-spacing:.08em">{word}</div>', padding="18px 28px 0")


def _small_print(inner: str) -> str:
    return _row(f'<div style="{_SMALL}">{inner}</div>', padding="14px 28px 26px")


def _head(words: str, line: str) -> str:
    title = f'<div style="font-size:25px;line-height:1.25;font-weight:bold">{html(words)}</div>'
    below = f'<div style="{_SMALL};padding-top:8px">{html(line)}</div>'
    return _row(title + below, padding="26px 28px 4px")


def _new(shown: Selection) -> str:
    rows = [_quote(number, quote) for number, quote in enumerate(shown.new, start=1)]
    if shown.new_more:
        rows.append(_row(f'<span style="{_SMALL}">+ {shown.new_more} more new</span>'))
    return "\n".join([_label("NEW"), *rows]) if rows else ""


def _quote(number: int, quote: Quote) -> str:
    place = f'<span style="{_SMALL}">— {html(whence(quote))}</span>'
    return _row(f'{number}. <mark style="{_MARK}">{html(quote.text)}</mark> {place}')


def _changed(shown: Selection, alert: Alert) -> str:
    rows = []
    for groups in by_heading(shown.changed):
        title, new, other = heading(groups[0][0])
        rows.append(_label(title))
        rows += [_change(group, quote_origin(group[0].sentence, alert), new, other) for group in groups]
    return "\n".join(rows)


def _change(group: list[Change], place: str, new: str, other: str) -> str:
    values = [f'<div style="font-size:21px;font-weight:bold">{html(change_line(change))}</div>' for change in group]
    now = _line(new, f'<mark style="{_MARK}">{html(group[0].sentence)}</mark>{_dash(place)}')
    was = [_line(other, html(known.text) + _dash(origin(known.outlet, known.date))) for known in befores(group)]
    return _row("".join([*values, now, *was]))


def _line(word: str, inner: str) -> str:
    return f'<div style="padding-top:4px"><span style="{_SMALL}">{word}</span> {inner}</div>'


def _dash(place: str) -> str:
    return f' <span style="{_SMALL}">— {html(place)}</span>' if place else ""


def _known(shown: Selection) -> str:
    rows = [
        _row(
            f'<div style="{_SMALL}">= {html(quote.text)} — {html(known_since(quote.evidence))}</div>',
            padding="3px 28px",
        )
        for quote in shown.known
    ]
    if shown.known_more:
        rows.append(_row(f'<span style="{_SMALL}">+ {shown.known_more} more</span>', padding="3px 28px"))
    return "\n".join([_label("ALREADY KNOWN"), *rows]) if rows else ""


def _names(alert: Alert) -> str:
    names = same_names(alert)
    return "\n".join([_label(SPELT), _row(html(names), padding="3px 28px")]) if names else ""


def _written(alert: Alert) -> str:
    if alert.written is None:
        return ""
    bullets = [_row(f"~ {html(bullet.text)}", padding="3px 28px") for bullet in alert.written.bullets]
    return "\n".join([_label(f"{WRITTEN} {html(by_machine(alert.written))}"), *bullets])


def _link(link: str | None, words: str | None) -> str:
    """Return the address, under words that lead to it; without words it is only shown."""
    if link is None:
        return ""
    address = escape(link, quote=True)  # not cleaned: a link with another sign in it leads elsewhere
    anchor = f'<a href="{address}" style="color:inherit;font-weight:bold">{words}</a>' if words else ""
    shown = f'<div style="{_SMALL};word-break:break-all">{address}</div>'
    return _row(anchor + shown, padding="18px 28px 6px")


def _foot(alert: Alert) -> str:
    return _small_print(
        f"WHY {html(why(alert))}<br>"
        f"MUTE <code>{html(mute(alert))}</code><br>"
        f"MORE <code>monitor why {html(alert.id)}</code> {html(short_id(alert))}"
    )


def _preheader(alert: Alert) -> str:
    """Return what the inbox shows beside the subject: the first finding, by whole words."""
    if alert.changed:
        first = change_line(alert.changed[0])
    else:
        first = clean(alert.new[0].text) if alert.new else standing(alert)
    return first if len(first) <= PREHEADER_MAX else first[:PREHEADER_MAX].rsplit(" ", 1)[0] + " …"
