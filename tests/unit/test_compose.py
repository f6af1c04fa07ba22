"""Compose: the alert that tells a reader what is new in an article."""

from dataclasses import replace

from article_samples import MAY_1, MAY_2, article, novelty

from monitor.alerting.collect import digest_of
from monitor.alerting.compose import Draft, compose, confirming, superseding
from monitor.alerting.phrases import counted, stand, standing, why
from monitor.model.delivery import Wait
from monitor.model.judgement import Alert, Change, Claim, Confirmation, Known, KnownQuote, Label, Relation, Severity
from monitor.model.story import Carrier

BEFORE = Known(text="About 15,000 dockers.", source="baseline/a.md", outlet="Wire", date=MAY_1)
CHANGE = Change(what="dockers", was="15,000", now="13,000", before=BEFORE, sentence="Some 13,000 dockers.")
NEW = novelty("Cranes burn.")
UPDATE = novelty("Some 13,000 dockers.", label=Label.UPDATE, score=0.3, nearest=BEFORE, changes=(CHANGE,))
KNOWN = novelty("Dockers strike.", label=Label.KNOWN, score=0.1, nearest=BEFORE)
SMALL = novelty("So it is.", label=Label.KNOWN, score=0.0)
NOISE = novelty("Share this", label=Label.NOISE, score=0.0)
OWN = Carrier(entry="e1", outlet="Tarvik Post", host="post.example", copy_of=None)
DRAFT = Draft(
    article=article("text", title="Cranes burn in Tarvik"),
    watch="coast",
    story="7f3a000000000001",
    revision=1,
    sentences=(NEW, UPDATE, KNOWN, SMALL, NOISE),
    quotes=(UPDATE, NEW),
    matched=("Tarvik", "dockers", "Tarvik"),
    carriers=(OWN,),
    independent=1,
    novelty=0.8,
    threshold=0.7,
)


def carrier(outlet: str, host: str) -> Carrier:
    return Carrier(entry=f"{outlet}-1", outlet=outlet, host=host, copy_of=None)


def test_an_alert_carries_what_was_decided_unchanged() -> None:
    found = compose(DRAFT, now=MAY_2)
    assert (found.watch, found.story, found.revision) == ("coast", "7f3a000000000001", 1)
    assert (found.novelty, found.threshold, found.created) == (0.8, 0.7, MAY_2)
    assert found.url == "https://post.example/harbour"


def test_new_sentences_are_quoted_in_their_order_with_where_they_stand() -> None:
    found = compose(DRAFT, now=MAY_2)
    assert [quote.text for quote in found.new] == ["Some 13,000 dockers.", "Cranes burn."]
    assert {(quote.entry, quote.outlet, quote.date) for quote in found.new} == {("e1", "Tarvik Post", MAY_1)}


def test_a_source_without_a_date_speaks_from_when_it_was_first_seen() -> None:
    undated = replace(DRAFT, article=article("text", published=None))
    assert compose(undated, now=MAY_2).new[0].date == MAY_2


def test_known_sentences_come_with_their_evidence_or_not_at_all() -> None:
    (quote,) = compose(DRAFT, now=MAY_2).known
    assert (quote.text, quote.evidence) == ("Dockers strike.", BEFORE)


def test_the_title_is_not_told_again_among_what_is_known() -> None:
    title = replace(KNOWN, sentence="Cranes burn in Tarvik")
    assert compose(replace(DRAFT, sentences=(title, NEW)), now=MAY_2).known == ()


def test_changes_and_claims_are_told_as_they_were_found() -> None:
    claim = Claim(entry="e9", outlet="Wire", relation=Relation.SAME, text="Cranes burned.", of="Cranes burn.")
    found = compose(replace(DRAFT, changed=(CHANGE,), claims=(claim,), confirmation=Confirmation.WAITING), now=MAY_2)
    assert (found.changed, found.claims, found.confirmation) == ((CHANGE,), (claim,), Confirmation.WAITING)


def test_leftovers_of_the_page_do_not_count() -> None:
    found = compose(DRAFT, now=MAY_2)
    assert (found.new_count, found.sentence_count) == (2, 4)


def test_an_article_without_a_title_is_headed_by_its_most_telling_sentence() -> None:
    assert compose(DRAFT, now=MAY_2).headline == "Cranes burn in Tarvik"
    assert compose(replace(DRAFT, article=article("text")), now=MAY_2).headline == "Some 13,000 dockers."


def test_words_that_matched_are_named_once_and_not_without_end() -> None:
    assert compose(DRAFT, now=MAY_2).matched == ("Tarvik", "dockers")
    many = replace(DRAFT, matched=tuple(f"word{number}" for number in range(30)))
    assert compose(many, now=MAY_2).matched == tuple(f"word{number}" for number in range(10))


def test_outlets_are_named_once_the_first_that_said_it_first() -> None:
    carriers = (
        carrier("Wire", "wire.example"),
        carrier("Tarvik Post", "post.example"),
        carrier("Wire", "wire.example"),
    )
    found = compose(replace(DRAFT, carriers=carriers, independent=2), now=MAY_2)
    assert (found.outlets, found.independent) == (("Wire", "Tarvik Post"), 2)
    assert compose(DRAFT, now=MAY_2).outlets == ("Tarvik Post",)


def test_an_alert_has_the_same_id_whenever_it_is_made() -> None:
    """A step may run twice: the second run must not tell the reader again."""
    one = compose(DRAFT, now=MAY_1).id
    assert compose(DRAFT, now=MAY_2).id == one
    others = (replace(DRAFT, revision=2), replace(DRAFT, watch="ports"), replace(DRAFT, story="other"))
    assert one not in {compose(other, now=MAY_1).id for other in others}


# --- what confirms another one ----------------------------------------------------------------------------------------

SAYS = Claim(entry="e2", outlet="Coast Wire", relation=Relation.SAME, text="The cranes are burning.", of="Cranes burn.")


def confirmed(*more: Claim) -> Alert:
    """Return the short alert by which article e2 confirms one that was told as unconfirmed."""
    first = compose(replace(DRAFT, confirmation=Confirmation.UNCONFIRMED), now=MAY_1)
    stands = replace(
        first,
        confirmation=Confirmation.CONFIRMED,
        claims=(*more, SAYS),
        outlets=("Tarvik Post", "Coast Wire"),
        independent=2,
    )
    later = article("text", title="Fire", published=None)
    later = replace(later, entry=replace(later.entry, id="e2", url="https://wire.example/fire"))
    return confirming([stands], later, revision=2, now=MAY_2)


def test_a_confirmation_tells_nothing_new_but_who_says_so_by_which_sentence() -> None:
    gone = replace(SAYS, of="A sentence that the alert does not quote.")
    found = confirmed(replace(SAYS, entry="e9", outlet="Other"), gone)
    first = compose(DRAFT, now=MAY_1)
    assert (found.confirms, found.story, found.revision, found.created) == ((first.id,), first.story, 2, MAY_2)
    assert found.id == compose(replace(DRAFT, revision=2), now=MAY_2).id
    assert (found.headline, found.url) == (first.headline, "https://wire.example/fire")
    assert (found.new, found.changed, found.new_count, found.claims) == ((), (), 0, (SAYS,))
    [quote] = found.known
    assert (quote.text, quote.evidence.text, quote.evidence.outlet) == (SAYS.text, SAYS.of, "Tarvik Post")


def test_a_confirmation_is_told_in_few_words() -> None:
    found = confirmed()
    assert counted(found) == "confirmed by Coast Wire · now 2 independent of 2 outlets"
    assert standing(found) == (
        "confirmed by Coast Wire · coast · now 2 independent of 2 outlets: Tarvik Post, Coast Wire"
        " · update 2 of this story"
    )
    assert why(found) == f"matched Tarvik, dockers · sent as unconfirmed: [#{found.confirms[0][:4]}]"
    assert stand(replace(found, claims=())) == "confirmed by another source"
    [item] = digest_of([(found, None)], why=Wait.GROUP, name="coast", channel="desk", of="x", now=MAY_2).items
    assert (item.headline, item.changed, item.new) == (found.headline, ("confirmed by Coast Wire",), ())


def test_a_correction_takes_along_what_its_earlier_version_said_first_and_it_still_says() -> None:
    [quote] = compose(replace(DRAFT, quotes=(NEW,)), now=MAY_2).new
    gone, stays = replace(quote, text="Some 12,000 dockers."), replace(quote, text="Dockers strike at dawn.")
    said = Claim(entry="x", outlet="X", relation=Relation.SAME, text="At dawn.", of=stays.text)
    version = replace(compose(DRAFT, now=MAY_2), new=(gone, stays), claims=(said, replace(said, of=gone.text)))
    grew, waned = (replace(CHANGE, sentence=each.text) for each in (stays, gone))
    version = replace(version, severity=Severity.HIGH, changed=(waned, grew))
    at_dawn = KnownQuote(text="Dockers strike, at dawn.", evidence=replace(BEFORE, text=stays.text))
    other = KnownQuote(text="Dockers strike.", evidence=BEFORE)
    alert = replace(compose(DRAFT, now=MAY_2), known=(at_dawn, other), changed=(CHANGE,))
    found = superseding(alert, version)
    assert found.new == (*alert.new, stays)
    assert (found.known, found.new_count) == ((other,), alert.new_count + 1)
    assert (found.claims, found.severity) == ((said,), Severity.HIGH)
    assert found.changed == (CHANGE, grew)
    assert superseding(replace(alert, severity=Severity.CRITICAL), version).severity is Severity.CRITICAL
