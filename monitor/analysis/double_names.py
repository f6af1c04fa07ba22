"""Double names: people whose surname has two parts, of which the second is another name.

In:  a text as it came, and two words with a hyphen between them.
Out: whether they are a person's surname there.
Not here: what a query makes of them (match.py).

"Pamela Rendi-Wagner" is a person and no mention of Wagner; "the Kremlin-Wagner rift", "Burkina Faso-Mali border" and
"Mali-based" are mentions. What tells them apart without a list of names: a given name in front, a first part that is
rare and never stands alone in the text, no place's name of several words, and behind it what a person does or owns.
In doubt it is a mention.
"""

import re
from collections.abc import Iterator
from typing import Final

from monitor.text.fold import plain
from monitor.text.weights import weight

_JOINED: Final = r"[\w\-\u2010\u2011]"
_NAME: Final = re.compile(r"(?P<first>[^\W\d_]+)[-\u2010\u2011](?P<second>[^\W\d_]+)")
_GIVEN: Final = re.compile(r"(?<!\w)[^\W\d_]+(?=[ \u00a0]\Z)")
_GOES_ON: Final = re.compile(r"[-\u2010\u2011]?\w| [^\W\d_]*[A-Z]")  # a longer compound, or a name of more words
# What follows a person and hardly a compound that says between whom something is ("Tuareg-Wagner clashes").
_PERSON: Final = re.compile(
    r"['’]s\b|[,;(.]|[ \u00a0](?:said|says|told|spoke|speaks|announced|declared|warned|accused|denied|confirmed|added"
    r"|urged|called|visited|met|asked|wrote|voted|left|went|joined|led|won|wins|lost|was|is|has|had|will|would|became|died|resigned|resigns"
    r"|sagte|sagt|sprach|erklarte"
    r"|kritisierte|forderte|kam|ging|trat|war|ist|hat|wurde|wird|a|est|etait|dit|declare|es|fue|dijo|ha|сказала?|заявила?)(?!\w)"
)
_LONGEST: Final = 30  # letters of a given name
_LEAST_GIVEN: Final = 0.3  # weight; "Maria" has .31, "North" and "President" less
_LEAST_FIRST: Final = 1.0  # unlisted among common words
# A line or sentence begins with them as if they were given names; rarer than the words that weights know.
_OPENERS: Final = frozenset(
    {"amid", "amidst", "despite", "tense", "renewed", "alleged", "malgre", "selon", "angesichts"}
)
# Last words of states, capitals and large cities whose names have several.
_PLACES: Final = re.compile(
    "ababa|africa|aires|angeles|arabia|aviv|barbuda|bissau|city|delhi|emirates|faso|francisco|grenadines|guinea"
    "|herzegovina|islands?|ivoire|janeiro|jose|kingdom|kong|korea|lanka|leone|leste|louis|lucia|lumpur|marino|moresby"
    "|nevis|orleans|paulo|paz|petersburg|port|prince|principe|republic|rhine|rica|salvador|samoa|spain|states|sudan"
    "|timor|tobago|tome|town|vegas|verde|vincent|wales|york|zealand"
)


def is_double_name(text: str, name: str) -> bool:
    """Whether a text has two words as a person's double surname: behind a given name at least once.

    name: the two words as they stand in the text.
    """
    parts = _NAME.fullmatch(name)
    if parts is None or not all(map(_is_title, parts.groups())) or not _is_first_part(parts["first"], text):
        return False
    return any(_follows_given(text, start, start + len(name)) for start in _places(text, name))


def _is_title(word: str) -> bool:
    return word[0].isupper() and word[1:].islower()


def _is_first_part(word: str, text: str) -> bool:
    """Whether a word is the first half of a surname: rare, no end of a place's name, and never met alone."""
    folded = plain(word)
    if weight(folded) < _LEAST_FIRST or _PLACES.fullmatch(folded):
        return False
    return not re.search(rf"{re.escape(word)}(?!{_JOINED})(?<!{_JOINED}{re.escape(word)})", text)


def _places(text: str, name: str) -> Iterator[int]:
    start = text.find(name)
    while start >= 0:
        yield start
        start = text.find(name, start + len(name))


def _follows_given(text: str, start: int, end: int) -> bool:
    """Whether a given name stands in front of a place and no further name behind it."""
    given = _GIVEN.search(text, max(0, start - _LONGEST), start)
    if given is None or not _is_title(given.group()) or _GOES_ON.match(text, end) or not _PERSON.match(text, end):
        return False
    folded = plain(given.group())
    return weight(folded) >= _LEAST_GIVEN and folded not in _OPENERS
