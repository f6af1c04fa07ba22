"""Confirming: what an article is to alerts of its watch that too few independent sources speak for.

In:  the article as a voice, and what it says; alerts that wait, or waited in vain, for another source.
Out: those alerts, and others that are not sent yet, as they stand with this voice; what counts as known to the reader,
     and what as another's word.
Not here: who is independent (origins.py), when a wait is over (pipeline/lapse.py).

What one source alone has said is known from there only: told again, or copied, it is no news. Another source that says
it is heard: it confirms the alert that waits or was told as unconfirmed, or speaks for itself with the first one as its
witness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.analysis.claims import Statement, statements, supporters
from monitor.analysis.contradictions import Speaker, claims_of, disputes
from monitor.analysis.origins import independent
from monitor.model.confirmation import Unvouched
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Alert, Change, Claim, Confirmation, Relation
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
        told = _told(voice, each, is_own=is_own) if waits or is_marked else ()
        same = supporters(told)
        rivals = _rivals(voice, each, told) if waits and not is_own else ()
        found = _amended(voice, each, same, rivals, asked) if same or rivals else each.alert
        if found is not each.alert:
            amended.append(found)
        # Whoever may have it from the same agency adds nobody to who was told, and must not be silenced by that.
        if is_own or (same and (waits or found.independent > each.alert.independent)):
            known.append(each.text)
        elif each.is_near:
            (others if waits else witnesses).append(each.text)
    return Heard(known=tuple(known), witnesses=tuple(witnesses), others=tuple(others), amended=tuple(amended))


def join(voice: Voice, unsent: Sequence[Unvouched]) -> tuple[Alert, ...]:
    """Return alerts of the story that are not sent yet and of which a new article says the same, or otherwise."""
    found: list[Alert] = []
    for each in unsent:
        is_own = _is_own(voice, each)
        told = _told(voice, each, is_own=is_own)
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


def _told(voice: Voice, each: Unvouched, *, is_own: bool) -> tuple[Statement, ...]:
    """Return what a new article says of what an alert quotes; nothing where it adds nothing to the alert."""
    if is_own and _is_counted(voice, each.alert):
        return ()
    quotes = [quote.text for quote in each.alert.new]
    return statements(quotes, [voice.text], voice.vectors, each.text.language, scale=voice.scale)


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
