"""Claims: who else says what is new.

In:  the new sentences of an article; articles of its story that were judged but not told.
Out: the entries that say the same, as evidence for corroboration.
Not here: counting independent hosts (origins.py), contradictions.
"""

from collections.abc import Mapping, Sequence

from monitor.analysis.features import features
from monitor.analysis.known import KnownSet
from monitor.analysis.novelty import NEW_SENTENCE, NEW_SENTENCE_WORDS, likeness_score
from monitor.model.embedding import Vector
from monitor.model.judgement import Novelty


def supporters(
    quotes: Sequence[Novelty], others: KnownSet, vectors: Mapping[str, Vector], language: str
) -> frozenset[str]:
    """Return the entries with a sentence that makes one of the new sentences no news, with all its numbers and dates.

    others: sentences of articles that the reader was not told of; quotes: sentences that are new against what was told.
    """
    found = set()
    for quote in quotes:
        sentence = features(quote.sentence, language, vectors.get(quote.sentence))
        likeness = others.likeness(sentence)
        threshold = NEW_SENTENCE_WORDS if likeness.meaning is None else NEW_SENTENCE
        if likeness.nearest is not None and likeness_score(likeness, facts=0) < threshold:
            nearest = others.sentences[likeness.nearest]
            told = {value.amount for value in nearest.features.values}
            if told.issuperset(value.amount for value in sentence.values):
                found.add(nearest.known.source)
    return frozenset(found)
