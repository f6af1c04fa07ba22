"""Confirming: what an article is to alerts of its watch that too few independent sources speak for.

In:  the article as a voice, and what it says; alerts that wait, or waited in vain, for another source.
Out: those alerts as they stand with this voice; what counts as known to the reader, and what as another's word.
Not here: who is independent (origins.py), when a wait is over (pipeline/lapse.py).

What one source alone has said is known from that source only: told again from there it is no news. Another source that
says it is heard: it confirms the alert that waits, or speaks for itself with the first one as its witness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.analysis.claims import supporters
from monitor.analysis.origins import independent
from monitor.model.confirmation import Unvouched
from monitor.model.embedding import Vector
from monitor.model.judgement import Alert, Claim, Confirmation
from monitor.model.story import Carrier
from monitor.model.watch import Confirm, KnownText

MOST_CLAIMS: Final = 50  # of copies that an alert names


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """An article that may confirm what others said before."""

    carrier: Carrier
    text: KnownText
    vectors: Mapping[str, Vector]
    carriers: Sequence[Carrier]  # of its story, in which originals of copies are found


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is made of the unvouched articles before a new one is judged."""

    known: tuple[KnownText, ...] = ()  # said by its own source, or confirmed by it
    witnesses: tuple[KnownText, ...] = ()  # of the same story and other sources, told as unconfirmed or not at all
    amended: tuple[Alert, ...] = ()  # that waited, with what the new one adds


def hear(voice: Voice, unvouched: Sequence[Unvouched], asked: Confirm) -> Heard:
    """Return what a new article makes of alerts that nobody confirmed so far."""
    known, witnesses, amended = [], [], []
    for each in unvouched:
        waits = each.is_near and each.alert.confirmation is Confirmation.WAITING
        is_own = independent([each.carrier, voice.carrier], originals=voice.carriers) == 1
        claims = _claims(voice, each) if waits and not (is_own and _is_counted(voice, each.alert)) else ()
        if claims:
            amended.append(_amended(voice, each, claims, asked))
        if claims or is_own:
            known.append(each.text)
        elif each.is_near and not waits:
            witnesses.append(each.text)
    return Heard(known=tuple(known), witnesses=tuple(witnesses), amended=tuple(amended))


def _claims(voice: Voice, each: Unvouched) -> tuple[Claim, ...]:
    quotes = [quote.text for quote in each.alert.new]
    return supporters(quotes, [voice.text], voice.vectors, each.text.language)


def _is_counted(voice: Voice, alert: Alert) -> bool:
    """Whether one more copy would tell nothing: of an outlet that is named, or of a text that is printed everywhere."""
    return voice.carrier.outlet in alert.outlets or len(alert.claims) >= MOST_CLAIMS


def _amended(voice: Voice, each: Unvouched, claims: tuple[Claim, ...], asked: Confirm) -> Alert:
    alert = each.alert
    speaking = {claim.entry for claim in alert.claims} - {each.carrier.entry}
    others = (carrier for carrier in voice.carriers if carrier.entry in speaking)
    carriers = [each.carrier, *others, voice.carrier]
    count = independent(carriers, originals=voice.carriers)
    return replace(
        alert,
        outlets=tuple(dict.fromkeys((*alert.outlets, voice.carrier.outlet))),
        independent=count,
        claims=(*alert.claims, *claims),
        confirmation=Confirmation.CONFIRMED if count >= asked.outlets else Confirmation.WAITING,
    )
