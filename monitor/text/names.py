"""Names: what a text says that a name stands for.

In:  a sentence and its tokens.
Out: names with the words that explain them: "the peacekeeping force, known as MINUSMA".
Not here: which words are names (values.py), names spelt otherwise (spellings.py).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from monitor.text.tokens import Token

LONGEST: Final = 4  # words that explain a name
_KNOWN_AS: Final = re.compile(
    r"(?:\bknown as|dubbed|conn?ue?s? sous le nom d[e\u2019']|appelée?s?|bekannt als|conocid[oa]s? como|llamad[oa]s?|"
    r"not[oa] come|conhecid[oa]s? como|известн\w+ как|под названием|المعروفة? باسم) ?(?:the |la |le |die |der )?(?=\w)"
)
_BREAK: Final = re.compile('[;:()–—،؛“”«»"]')


def stands_for(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, range]]:
    """Yield the place of each name that a sentence explains, and the places of the words that explain it.

    They stand before it, with "known as" between, or before its parentheses: "a rebel alliance (CMA)".
    """
    said = {match.end(): match.start() for match in _KNOWN_AS.finditer(text)}
    if not said and "(" not in text:
        return  # most
    starts = [token.start for token in tokens]
    for at, token in enumerate(tokens):
        if token.start in said and text[token.start].isupper():
            yield at, _phrase(text, tokens, bisect_left(starts, said[token.start]))
        elif at and _is_acronym(text, tokens[at - 1], token):
            yield at, _phrase(text, tokens, at)


def _is_acronym(text: str, before: Token, token: Token) -> bool:
    """Whether a token is an acronym in parentheses of its own."""
    is_alone = text[before.end : token.start].endswith("(") and text[token.end : token.end + 1] == ")"
    return is_alone and text[token.start : token.end].isupper() and len(token.text) > 1


def _phrase(text: str, tokens: Sequence[Token], end: int) -> range:
    """Return the few words before a place, back to the last pause."""
    start = end
    while start and end - start < LONGEST and (start == end or not _pauses(text, tokens, start)):
        start -= 1
    return range(start, end)


def _pauses(text: str, tokens: Sequence[Token], at: int) -> bool:
    return _BREAK.search(text[tokens[at - 1].end : tokens[at].start]) is not None
