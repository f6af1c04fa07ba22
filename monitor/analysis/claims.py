"""Claims: who else says what is new.

In:  the new sentences of an article; other articles of its story.
Out: the sentences of those that say the same, as evidence for corroboration.
Not here: counting independent hosts (origins.py), alerts that wait for another source (confirming.py).
"""

from collections.abc import Mapping, Sequence

from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import KnownSet, joined, known_parts
from monitor.analysis.novelty import NEW_SENTENCE, NEW_SENTENCE_WORDS, likeness_score
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Claim, Known, Relation
from monitor.model.watch import KnownText

MOST_SENTENCES = 200  # of an article that may say the same


def supporters(
    quotes: Sequence[str],
    others: Sequence[KnownText],
    vectors: Mapping[str, Vector],
    language: str,
    scale: Scale | None = None,
) -> tuple[Claim, ...]:
    """Return the sentences that make one of the new sentences no news, with all its numbers and dates, by article.

    quotes: sentences that are new against what the reader was told, of a text in `language`.
    others: articles that the reader was not told of. Each is held against the quotes by itself: two that say the same
    are two that do. scale: of the vectors' model.
    """
    found = []
    stems = frozenset[str]().union(*(features(each, language, vectors.get(each)).telling for each in quotes))
    for text in others:
        said = joined(known_parts([text], vectors, most=MOST_SENTENCES), stems=stems, scale=scale)
        for quote in quotes:
            same = _same(quote, said, vectors, language)
            if same is not None:
                found.append(
                    Claim(entry=same.source, outlet=same.outlet, relation=Relation.SAME, text=same.text, of=quote)
                )
    return tuple(found)


def _same(quote: str, said: KnownSet, vectors: Mapping[str, Vector], language: str) -> Known | None:
    sentence = features(quote, language, vectors.get(quote))
    at = nearest_alike(sentence, said)
    if at is None:
        return None
    nearest = said.sentences[at]
    told = {value.amount for value in nearest.features.values}
    return nearest.known if told.issuperset(value.amount for value in sentence.values) else None


def nearest_alike(sentence: SentenceFeatures, said: KnownSet) -> int | None:
    """Return which sentence makes this one no news, whatever the values in both; None where it is news."""
    likeness = said.likeness(sentence)
    threshold = NEW_SENTENCE_WORDS if likeness.meaning is None else NEW_SENTENCE
    return None if likeness_score(likeness, facts=0) >= threshold else likeness.nearest
