"""Confirming: what an article is to alerts of its watch that too few independent sources speak for.

In:  the article as a voice, and what it says; alerts that wait, or waited in vain, for another source; hearsay.
Out: those alerts, and others that are not sent yet, as they stand with this voice; what counts as known to the reader,
     and what as another's word.
Not here: who is independent (origins.py), when a wait is over (pipeline/lapse.py).

What one source alone has said is known from there only: told again, or copied, it is no news; what was buried in a long
text and is not what its alert tells is news as soon as another one reports it. Another source that says it is heard: it
confirms the alert that waits or was told as unconfirmed, or speaks for itself with the first one as its witness. Of
hearsay, that nobody was alerted to, only so much is known to all as enough independent sources say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from monitor.analysis.claims import MOST_SENTENCES, Statement, nearest_alike, statements, supporters
from monitor.analysis.contradictions import Speaker, claims_of, disputes
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import KnownSentence, KnownSet, Part, joined, known_parts, without, wordings
from monitor.analysis.novelty import new_facts
from monitor.analysis.origins import independent
from monitor.analysis.overlap import POOL
from monitor.model.confirmation import Hearsay, Unvouched
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Alert, Change, Claim, Confirmation, Known, Relation
from monitor.model.story import Carrier
from monitor.model.watch import Confirm, KnownText

MOST_CLAIMS: Final = 50  # of copies that an alert names
ENOUGH_DISPUTES: Final = 3  # values against which an alert holds others; where more differ a reader knows as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """An article that may confirm what others said before."""

    carrier: Carrier
    text: KnownText
    vectors: Mapping[str, Vector]
    carriers: Sequence[Carrier]  # of its story, in which originals of copies are found
    scale: Scale | None = None  # of the vectors' model


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is made of the unvouched articles before a new one is judged."""

    known: tuple[KnownText, ...] = ()  # said by its own source, or confirmed by it
    witnesses: tuple[KnownText, ...] = ()  # of the same story and other sources, told as unconfirmed or not at all
    others: tuple[KnownText, ...] = ()  # of the same story and other sources, that wait and are not confirmed by it
    amended: tuple[Alert, ...] = ()  # that waited or were told as unconfirmed, with what the new one adds

    def is_anothers(self, entry: str) -> bool:
        """Whether an article is another source's word: what repeats it is judged like any other."""
        return any(each.source == entry for each in (*self.witnesses, *self.others))


def hear(voice: Voice, unvouched: Sequence[Unvouched], asked: Confirm) -> Heard:
    """Return what a new article makes of alerts that nobody confirmed so far."""
    known: list[KnownText] = []
    witnesses: list[KnownText] = []
    others: list[KnownText] = []
    amended: list[Alert] = []
    for each in unvouched:
        waits = each.is_near and each.alert.confirmation is Confirmation.WAITING
        is_marked = each.is_near and each.alert.confirmation is Confirmation.UNCONFIRMED
        is_own = _is_own(voice, each)
        told = _told(voice, each) if is_own or waits or is_marked else ()
        said = supporters(told)
        same = said if (waits or is_marked) and not (is_own and _is_counted(voice, each.alert)) else ()
        rivals = _rivals(voice, each, told) if waits and not is_own else ()
        found = _amended(voice, each, same, rivals, asked) if same or rivals else each.alert
        if found is not each.alert:
            amended.append(found)
        if is_own:
            is_known = is_same_source(voice.carrier, each.carrier) or _is_told_by(voice, each, said)
        else:  # who may have it from the same agency adds nobody to who was told, and must not be silenced by that
            is_known = bool(same) and (waits or found.independent > each.alert.independent)
        if is_known:
            known.append(each.text)
        elif each.is_near:
            (others if waits else witnesses).append(each.text)
    return Heard(known=tuple(known), witnesses=tuple(witnesses), others=tuple(others), amended=tuple(amended))


def overheard(voice: Voice, hearsay: Sequence[Hearsay], asked: Confirm) -> Heard:
    """Return what hearsay is to a new article: known where it is its own host's word or others vouch for it.

    What one source alone says of its story is another's word.
    """
    own = [each for each in hearsay if is_same_source(voice.carrier, each.carrier)]
    others = [each for each in hearsay if each not in own]
    known = (*(each.text for each in own), *_vouched(voice, others, asked.outlets))
    return Heard(known=known, witnesses=tuple(each.text for each in others if each.is_near))


def is_same_source(one: Carrier, other: Carrier) -> bool:
    """Whether two articles are of one host, whatever they copy, credit or claim."""
    return independent(_without_claims([replace(each, copy_of=None) for each in (one, other)])) == 1


def _vouched(voice: Voice, hearsay: Sequence[Hearsay], least: int) -> Iterable[KnownText]:
    """Yield these articles without the sentences that too few sources vouch for, of those that a new one says, too."""
    originals = (*voice.carriers, *(each.carrier for each in hearsay))
    if independent([each.carrier for each in hearsay], originals=originals) < least:
        return
    language = voice.text.language
    own = [features(each, language, voice.vectors.get(each)) for each in wordings(voice.text)[:MOST_SENTENCES]]
    room = _Room(voice=voice, hearsay=hearsay, originals=originals, stems=frozenset().union(*(s.telling for s in own)))
    alone = frozenset[Known]().union(*(room.alone(sentence, least) for sentence in own))
    for each in hearsay:
        kept = [known for known in room.sentences(each) if known not in alone]
        if len(kept) == len(room.sentences(each)):
            yield each.text
        else:
            yield replace(each.text, title="", text="\n".join(known.text for known in kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Where much is overheard, and what of it bears on a new article."""

    voice: Voice
    hearsay: Sequence[Hearsay]
    originals: Sequence[Carrier]
    stems: frozenset[str]  # of the new article
    made: dict[tuple[str, ...], KnownSet] = field(default_factory=dict)  # what some of it says together, by entries
    voices: dict[str, frozenset[str]] = field(default_factory=dict)  # which are one with each that was left out

    def alone(self, sentence: SentenceFeatures, least: int) -> frozenset[Known]:
        """Return the sentences that make one of a new article known though too few sources say it.

        Whoever says it best is left out, with all who have it from there: as often as others must still say it.
        """
        everything = self._said(self.hearsay)
        left, gone = list(self.hearsay), list[Hearsay]()
        for _ in range(least):
            said = self._said(left)
            at = nearest_alike(sentence, said)
            if at is None or _untold(sentence, said) > _untold(sentence, everything):
                return self._of(sentence, gone, left)
            best = next(each for each in left if each.text.source == said.sentences[at].known.source)
            voices = self._one_with(best)
            gone += [each for each in left if each.text.source in voices]
            left = [each for each in left if each.text.source not in voices]
        return frozenset()

    def sentences(self, each: Hearsay) -> list[Known]:
        """Return the sentences of an article."""
        return [sentence.known for sentence in _sentences(self._parts([each]))]

    def _of(self, sentence: SentenceFeatures, gone: Sequence[Hearsay], left: Sequence[Hearsay]) -> frozenset[Known]:
        """Return those sentences of some articles that say it; all, where the others still do then."""
        said = self._said(gone)
        nearest = {*said.nearest(sentence, POOL), nearest_alike(sentence, said)} - {None}
        found = frozenset(said.sentences[at].known for at in nearest if at is not None)
        rest = [without(part, found) for part in self._parts([*gone, *left])]
        is_over = nearest_alike(sentence, joined(rest, stems=self.stems, scale=self.voice.scale)) is None
        return found if is_over else frozenset(each.known for each in said.sentences)

    def _one_with(self, other: Hearsay) -> frozenset[str]:
        """Return the articles that are one voice with another one, itself included."""
        name = other.text.source
        if name not in self.voices:
            pairs = ((each.text.source, [each.carrier, other.carrier]) for each in self.hearsay)
            self.voices[name] = frozenset(at for at, pair in pairs if independent(pair, originals=self.originals) == 1)
        return self.voices[name]

    def _said(self, some: Sequence[Hearsay]) -> KnownSet:
        key = tuple(each.text.source for each in some)
        if key not in self.made:  # most sentences are said best by few
            self.made[key] = joined(self._parts(some), stems=self.stems, scale=self.voice.scale)
        return self.made[key]

    def _parts(self, some: Sequence[Hearsay]) -> list[Part]:
        each_of = (known_parts([each.text], self.voice.vectors, most=MOST_SENTENCES) for each in some)
        return [part for parts in each_of for part in parts]


def _sentences(parts: Iterable[Part]) -> list[KnownSentence]:
    return [sentence for part in parts for sentence in part.sentences]


def _untold(sentence: SentenceFeatures, said: KnownSet) -> int:
    return new_facts(sentence, said, is_cross_language=False)


def join(voice: Voice, unsent: Sequence[Unvouched]) -> tuple[Alert, ...]:
    """Return alerts of the story that are not sent yet and of which a new article says the same, or otherwise."""
    found: list[Alert] = []
    for each in unsent:
        is_own = _is_own(voice, each)
        if is_own and _is_counted(voice, each.alert):
            continue
        told = _told(voice, each)
        same = supporters(told)
        rivals = () if is_own or _is_disputed(each.alert) else _rivals(voice, each, told)
        if same or rivals:
            found.append(_amended(voice, each, same, rivals, None))
    return tuple(found)


def _is_disputed(alert: Alert) -> bool:
    """Whether an alert says often enough that sources differ."""
    return sum(change.relation is Relation.CONTRADICTS for change in alert.changed) >= ENOUGH_DISPUTES


def _is_own(voice: Voice, each: Unvouched) -> bool:
    """Whether both are of one host, or one is a copy of the other.

    What is claimed is left out: a page that takes an agency's name, or a feed that lists another host's address, must
    not make known what that one has yet to tell.
    """
    pair = _without_claims((each.carrier, voice.carrier))
    return independent(pair, originals=_without_claims(voice.carriers)) == 1


def _without_claims(carriers: Sequence[Carrier]) -> list[Carrier]:
    return [replace(carrier, credits=(), claimed="") for carrier in carriers]


def _told(voice: Voice, each: Unvouched) -> tuple[Statement, ...]:
    """Return what a new article says of what an alert quotes."""
    return statements(_quotes(each), [voice.text], voice.vectors, each.text.language, scale=voice.scale)


def _is_told_by(voice: Voice, each: Unvouched, said: Sequence[Claim]) -> bool:
    """Whether an alert tells what a copy of its article tells: its lead, or most of the alert's sentences are its, too.

    Only so is a shorter copy of a long text no news, and a report that somebody buried in one is.
    """
    if 2 * len({claim.of for claim in said}) >= len(each.alert.new):
        return True
    alert = replace(each.text, title=each.alert.headline, text="\n".join(_quotes(each)))
    lead = (wordings(replace(voice.text, title="")) or wordings(voice.text))[:1]
    return bool(supporters(statements(lead, [alert], voice.vectors, voice.text.language, scale=voice.scale)))


def _quotes(each: Unvouched) -> list[str]:
    return [quote.text for quote in each.alert.new]


def _rivals(voice: Voice, each: Unvouched, told: Sequence[Statement]) -> tuple[Change, ...]:
    """Return the values of an alert that waits for which the new article gives other ones."""
    return () if len(each.alert.claims) >= MOST_CLAIMS else disputes(told, _speaker(voice, each))


def _speaker(voice: Voice, each: Unvouched) -> Speaker:
    date = each.text.date or each.alert.created
    carriers = (*voice.carriers, voice.carrier)
    return Speaker(carrier=each.carrier, language=each.text.language, date=date, carriers=carriers)


def _is_counted(voice: Voice, alert: Alert) -> bool:
    """Whether one more copy would tell nothing: of an outlet that is named, or of a text that is printed everywhere."""
    return voice.carrier.outlet in alert.outlets or len(alert.claims) >= MOST_CLAIMS


def _amended(
    voice: Voice, each: Unvouched, same: tuple[Claim, ...], rivals: tuple[Change, ...], asked: Confirm | None
) -> Alert:
    """Return an alert with what a new article says of it; who only contradicts it does not confirm it.

    asked: None where nobody asks for another source, or enough have spoken.
    """
    alert = each.alert
    claims = (*alert.claims, *same, *claims_of(rivals, _speaker(voice, each)))
    said = {claim.entry for claim in claims if claim.relation is Relation.SAME} - {each.carrier.entry}
    others = [carrier for carrier in (*voice.carriers, voice.carrier) if carrier.entry in said]
    count = independent([each.carrier, *others], originals=voice.carriers)
    outlets = (*alert.outlets, *([voice.carrier.outlet] if same else []))
    return replace(
        alert,
        outlets=tuple(dict.fromkeys(outlets)),
        independent=count,
        changed=(*alert.changed, *rivals),
        claims=claims,
        confirmation=Confirmation.CONFIRMED if asked and count >= asked.outlets else alert.confirmation,
    )
