"""The page of `monitor diff --html`: texts beside what is known of them, to look at, print or pass on.

In:  texts as they were compared.
Out: one HTML document that loads nothing and runs nothing, by day and by night.
Not here: the words (diff_words.py), writing the file (put_file.py), what a terminal shows (diff_face.py).

Every word from outside is cleaned and escaped (alerting/escape.py); each cell finds its own direction, and nothing in
it can turn that of another one.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from monitor.alerting.escape import html
from monitor.cli.diff_words import SIGNS, Pieces, Row, Stretch, counted, name, stretches, summary, totals, verdict
from monitor.model.judgement import Label
from monitor.pipeline.compare import Compared

# Every pair of colours has a contrast of 7 to 1 at least; labels are words, so that nothing depends on them.
_STYLE: Final = """
:root{color-scheme:light dark;--page:#fffefb;--ink:#1c1b19;--soft:#504e48;--line:#d9d6cc;--new:#11522b;--update:#7a1158;
--mark:#ffe98a;--band:#f4f2ec}
@media (prefers-color-scheme:dark){:root{--page:#1c1b19;--ink:#eceae4;--soft:#bdbab1;--line:#45433d;--new:#9fe0b4;
--update:#f5b3df;--mark:#4d4000;--band:#272622}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:80rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 0}
.soft,thead,.quiet,.fold{color:var(--soft)}p{margin:.3rem 0}
table{width:100%;table-layout:fixed;border-collapse:collapse;margin-top:.8rem}
th,td{text-align:start;vertical-align:top;padding:.45rem .8rem .45rem 0;border-top:1px solid var(--line);
overflow-wrap:anywhere;font-weight:normal}
thead th{border:0;font-size:.85rem}.label{width:7.5rem}.score{width:4rem}
.new .label,.update .label,.changed{font-weight:bold}.new .label{color:var(--new)}
.update .label,.changed{color:var(--update)}
.fold td{background:var(--band);padding-left:.8rem}
mark{background:var(--mark);color:inherit;padding:0 .15em;font-weight:bold}
del{text-decoration:line-through}ins{text-decoration:none}cite{font-style:normal;font-size:.85rem;color:var(--soft)}
.switch:not(:checked)~main .quiet,.switch:checked~main .fold{display:none}
@media (max-width:40rem){body{padding:.8rem}.label{width:5.6rem}.score{width:2.9rem}th,td{padding-right:.5rem}}
@media print{.switch,.switch+label,nav{display:none}body{max-width:none;padding:0}tr{break-inside:avoid}
h2{break-after:avoid}thead{display:table-header-group}}
"""


def as_page(texts: Sequence[Compared], *, shows_all: bool = False) -> str:
    """Return the document. Sentences that say nothing new are folded under a switch that needs no script."""
    title = "What is new" if len(texts) != 1 else f"What is new in {html(texts[0].file)}"
    several = len(texts) > 1
    parts = [
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        "<header>\n<h1>What is new</h1>",
        *([f'<p class="soft">{html(totals([each.is_new for each in texts]))}</p>'] if several else []),
        "</header>",
        *(_contents(texts) if several else []),
        *([] if shows_all else [_SWITCH]),
        "<main>",
        *(_article(each, at, shows_all=shows_all) for at, each in enumerate(texts, 1)),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


_SWITCH: Final = (
    '<input class="switch" type="checkbox" id="all"> <label for="all">Show known sentences and noise</label>'
)
_HEAD: Final = (
    '<thead><tr><th scope="col" class="label">Label</th><th scope="col" class="score">Score</th>'
    '<th scope="col">This text</th><th scope="col">Nearest known sentence</th></tr></thead>'
)


def _contents(texts: Sequence[Compared]) -> list[str]:
    rows = (
        f'<li><a href="#text-{at}"><bdi>{html(each.file)}</bdi></a> <span class="soft">{html(verdict(each))}, '
        f"{each.novelty:.2f}</span></li>"
        for at, each in enumerate(texts, 1)
    )
    return ['<nav aria-label="Texts">\n<ol>', *rows, "</ol>\n</nav>"]


def _article(compared: Compared, at: int, *, shows_all: bool) -> str:
    language = html(compared.language)
    body = (_stretch(each, language, shows_all=shows_all) for each in stretches(compared))
    table = ["<table>", _HEAD, "<tbody>", *body, "</tbody>\n</table>"] if compared.sentences else []
    return "\n".join([
        f'<article id="text-{at}" aria-labelledby="name-{at}">',
        f'<h2 id="name-{at}" dir="auto">{html(compared.file)}</h2>',
        f'<p class="soft">{html(summary(compared))}</p>',
        *table,
        "</article>",
    ])  # fmt: skip


def _stretch(stretch: Stretch, language: str, *, shows_all: bool) -> str:
    rows = [_row(row, language, is_quiet=stretch.is_quiet) for row in stretch.rows]
    if stretch.is_quiet and not shows_all:
        folded = html(counted(row.label for row in stretch.rows))
        rows.insert(0, f'<tr class="fold"><td colspan="4">{folded}</td></tr>')
    return "\n".join(rows)


def _row(row: Row, language: str, *, is_quiet: bool) -> str:
    kind = "quiet" if is_quiet else str(row.label)
    score = "" if row.label is Label.NOISE else f"{row.score:.2f}"
    said = f'<div lang="{language}" dir="auto">{_marked(row.pieces)}</div>'
    known = "".join(
        f'<div lang="" dir="auto">{_marked(each.pieces)}</div><cite><bdi>{html(each.source)}</bdi>{each.day}</cite>'
        for each in row.evidence
    )
    return (
        f'<tr class="{kind}"><th scope="row" class="label">{SIGNS[row.label]} {name(row)}</th>'
        f'<td class="score">{score}</td><td>{said}{_changes(row.changes)}</td><td>{known}</td></tr>'
    )


def _changes(changes: Iterable[tuple[str, str, str]]) -> str:
    return "".join(
        f'<p><span class="changed"><del><bdi>{html(was)}</bdi></del> → <ins><bdi>{html(now)}</bdi></ins></span> '
        f"<bdi>{html(what)}</bdi></p>"
        for was, now, what in changes
    )


def _marked(pieces: Pieces) -> str:
    """Return pieces, which are clean already: cleaning them again would take the blanks off their ends."""
    escaped = ((escape(piece), is_marked) for piece, is_marked in pieces)
    return "".join(f"<mark>{piece}</mark>" if is_marked else piece for piece, is_marked in escaped)
