"""Sentences: a text cut where a reader would pause.

In:  text with paragraphs separated by newlines, and its language.
Out: sentences in order; together they hold every visible character of the text once.
Not here: which of them are leftovers of a web page (noise.py).
"""

import re
from itertools import pairwise
from typing import Final

import sentencex

_ABBREVIATIONS: Final = {
    "en": "mr mrs ms dr prof gen col lt capt cpl sgt maj adm cmdr brig gov sen rep rev hon st jr sr no nos vs etc inc "
    "ltd corp co bros dept est approx fig vol pp ed eds jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues "
    "wed thu thur thurs fri sat sun e.g i.e a.m p.m ph.d u.s u.n u.k e.u",
    "fr": "m mm mme mmes mlle mgr me dr pr gén col cap lt cdt st ste av janv févr avr juil sept oct nov déc art p pp "
    "env etc cf n° o.n.u",
    "de": "hr fr dr prof gen st nr str ca bzw usw etc evtl ggf inkl mio mrd tsd abs art bd jan feb mär apr jun jul aug "
    "sep sept okt nov dez z.b d.h u.a o.ä v.a i.d.r",
    "es": "sr sra srta dr dra prof gral cnel cap tte lic ing ud uds núm pág art etc ee.uu ee aprox av ene feb abr jun "
    "jul ago sept oct nov dic p.ej",
    "it": "sig sigg sig.ra dott prof gen col cap ten on avv ing n pag art ecc gen feb apr giu lug ago sett ott nov dic",
    "pt": "sr sra srs dr dra prof gen cel cap eng n pág art etc jan fev abr jun jul ago set out nov dez",
    "ru": "г гг в вв им ул д кв стр руб коп тыс млн млрд проф акад ген полк кап лейт св т.е т.д т.п т.к т.н и.о н.э",
}
_KNOWN: Final = {language: frozenset(line.split()) for language, line in _ABBREVIATIONS.items()}
# Words that close a sentence as often as not: what follows decides.
_CLOSING: Final = frozenset(("etc", "inc", "ltd", "corp", "co", "jr", "sr", "ecc", "usw", "г", "гг"))
_INITIAL: Final = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_LAST_WORD: Final = re.compile(r"([^\W_](?:[\w.°]*\w)?°?)\.\s*\Z")
_OPENER_WORDS: Final = (
    "the a an it its he she they we i you this that these those there in on at but and however as for with by after "
    "le la les il elle ils elles un une der die das er sie es ein el los las una en в на но и он она они это"
)
_OPENERS: Final = frozenset(_OPENER_WORDS.split())
_FIRST_WORD: Final = re.compile(r"[\W_]*([^\W_]+)")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_PAIRS: Final = {"“": "”", "«": "»", "「": "」", "『": "』"}
_OPENING: Final = frozenset((*_PAIRS, "„"))
_ENDS: Final = tuple(".!?…:;)»”\"'。！？؟।")
LONGEST_HEADING: Final = 14  # words
_LONGEST_QUOTE: Final = 3  # sentences that are kept together because a quotation spans them


def split(text: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order, without surrounding white space.

    language: ISO 639-1; an unknown one is cut by the rules of English.
    A sentence never crosses a newline, does not end in an abbreviation or an initial and keeps a short quotation whole.
    Every character that is no white space stands in exactly one sentence.
    """
    found: list[str] = []
    for paragraph in text.splitlines():
        pieces = _whole_quotes(_whole_names(_pieces(paragraph, language), language))
        found.extend(piece.strip() for piece in pieces)
    return tuple(piece for piece in found if piece)


def is_heading(sentence: str) -> bool:
    """Whether a sentence stands over others: a few words without a full stop."""
    return not sentence.endswith(_ENDS) and len(sentence.split()) <= LONGEST_HEADING


def _pieces(paragraph: str, language: str) -> list[str]:
    """Cut by sentencex, slicing the original: its own pieces may have lost characters."""
    if not paragraph.strip():
        return []
    bounds = sentencex.get_sentence_boundaries(language, _SURROGATES.sub("\ufffd", paragraph))
    cuts = sorted({0, len(paragraph), *(bound["end_index"] for bound in bounds)})
    return [paragraph[start:end] for start, end in pairwise(cuts)]


def _whole_names(pieces: list[str], language: str) -> list[str]:
    """Join a piece that ends in an abbreviation or an initial with the one that follows."""
    known = _KNOWN.get(language, _KNOWN["en"])
    joined: list[str] = []
    for piece in pieces:
        if joined and _is_open(joined[-1], piece, known):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _is_open(piece: str, after: str, known: frozenset[str]) -> bool:
    last = _LAST_WORD.search(piece)
    if last is None:
        return False
    word = last[1].lower()
    if word not in known and not _INITIAL.fullmatch(word):
        return False
    if word in _CLOSING or "." in word:
        return not _opens(after)
    return True


def _opens(piece: str) -> bool:
    """Whether a piece looks like the beginning of a sentence: a quotation mark, or a small word with a capital."""
    first = _FIRST_WORD.match(piece)
    begins = piece.lstrip()[:1]
    return begins in _OPENING or bool(first and first[1].istitle() and first[1].lower() in _OPENERS)


def _whole_quotes(pieces: list[str]) -> list[str]:
    """Join the pieces of a quotation that is closed within the next ones."""
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        until = _quote_end(pieces, at)
        joined.append("".join(pieces[at:until]))
        at = until
    return joined


def _quote_end(pieces: list[str], at: int) -> int:
    """Return the index behind the piece that closes what `pieces[at]` leaves open; `at + 1` where none near does."""
    for until in range(at + 1, min(at + _LONGEST_QUOTE, len(pieces)) + 1):
        if not _left_open("".join(pieces[at:until])):
            return until
    return at + 1


def _left_open(piece: str) -> bool:
    """Whether a quotation begins in a piece and does not end there."""
    if piece.count('"') % 2:
        return True
    if "„" in piece:  # “ closes it
        return piece.count("„") > piece.count("“") + piece.count("”")
    return any(piece.count(opening) > piece.count(closing) for opening, closing in _PAIRS.items())
