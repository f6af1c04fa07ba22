"""Names: what a text says that a name stands for.

In:  a sentence and its tokens.
Out: names with the words that explain them: "the peacekeeping force, known as MINUSMA".
Not here: which words are names (values.py), names spelt otherwise (spellings.py).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from monitor.text.tokens import Token

LONGEST: Final = 4  # words that explain a name
_KNOWN_AS: Final = re.compile(
    r"(?:known as|dubbed|conn?ue?s? sous le nom d[e\u2019']|appelée?s?|dite?s?|bekannt als|conocid[oa]s? como|"
    r"llamad[oa]s?|not[oa] come|conhecid[oa]s? como|известн\w+ как|под названием|المعروفة? باسم) ?(?:the |la |le |die |der )?$"
)
_BREAK: Final = re.compile("[;:()–—،؛“”«»\"]")


def stands_for(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, range]]:
    """Yield the place of each name that a sentence explains, and the places of the words that explain it.

    They stand before it, with "known as" between, or before its parentheses: "a rebel alliance (CMA)".
    """
    for at in range(1, len(tokens)):
        gap = text[tokens[at - 1].end : tokens[at].start]
        if gap.endswith("(") and text[tokens[at].end : tokens[at].end + 1] == ")" and _is_acronym(text, tokens[at]):
            yield at, _phrase(text, tokens, at)
        elif text[tokens[at].start].isupper() and (said := _KNOWN_AS.search(text[: tokens[at].start])):
            yield at, _phrase(text, tokens, sum(token.start < said.start() for token in tokens))


def _is_acronym(text: str, token: Token) -> bool:
    return text[token.start : token.end].isupper() and token.end - token.start > 1


def _phrase(text: str, tokens: Sequence[Token], end: int) -> range:
    """Return the words before a place, back to the last pause."""
    start = end
    while start and end - start < LONGEST and (start == end or not _BREAK.search(text[tokens[start - 1].end : tokens[start].start])):
        start -= 1
    return range(start, end)
