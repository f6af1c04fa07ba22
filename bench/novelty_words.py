"""Words of one subject: sentences that share words as those of articles on one subject do.

In:  a number to begin with; whether the words are real ones.
Out: sentences and headlines; the same number gives the same ones.
Not here: texts that only have to be read (read_words.py), what is judged (novelty_desk.py).

What judging costs follows how many known sentences have a word in common with an article's, so words recur by Zipf's
law: the commonest of them stands in two sentences of three, most of them in next to none.
"""

import random
from itertools import accumulate
from typing import Final

from bench.read_words import name
from monitor.text.word_table import CLASSES

WORDS: Final = 3_000  # that tell something
NAMES: Final = 0.12  # of them
TELLING: Final = 12  # of a sentence of some 24 words: in the shared seed articles it is 13.8 of 23.4
SHORTEST: Final = 6  # letters of a real one: then sentences have as many pieces as those of the shared seed articles
NUMBERS: Final = 0.5  # of the sentences have one
_JOINING: Final = ("the", "of", "in", "to", "and", "a", "for", "that", "on", "with", "by", "from")


class Words:
    """The words of a subject: the same ones for every number that begins the dice."""

    def __init__(self, seed: int, *, are_real: bool = False) -> None:
        self._dice = dice = random.Random(seed)
        made = _listed(dice) if are_real else list(dict.fromkeys(name(dice) for _ in range(2 * WORDS)))
        self.words = tuple(each if dice.random() < NAMES else each.lower() for each in made[:WORDS])
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def sentence(self) -> str:
        """Return a sentence of some twenty words."""
        told = [f"{self._dice.choice(_JOINING)} {word}" for word in self._some(TELLING)]
        if self._dice.random() < NUMBERS:
            told[self._dice.randrange(len(told))] += f" {self._dice.randint(2, 900)} {self._some(1)[0]}"
        text = " ".join(told)
        return f"{text[0].upper()}{text[1:]}."

    def headline(self) -> str:
        """Return a headline."""
        return " ".join(self._some(7)).capitalize()

    def _some(self, count: int) -> list[str]:
        return self._dice.choices(self.words, cum_weights=self._weights, k=count)


def _listed(dice: random.Random) -> list[str]:
    """Return words of some language, with a capital. An encoder cuts made-up ones into twice as many pieces."""
    listed = {word for words in CLASSES.values() for word in words.split()}
    return [word.capitalize() for word in dice.sample(sorted(filter(_may_be_used, listed)), WORDS)]


def _may_be_used(word: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) >= SHORTEST
