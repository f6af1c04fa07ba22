"""The walls: what a fault of our own in one feed, page, article or message does to the others."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from desk_samples import FEED, NOW, STORIES, AnsweringSender, FaultyEmbedder, ListedSource, desk_of

from monitor.model.delivery import DeliveryState, NotSent, Unsure
from monitor.model.feed import FirstPoll
from monitor.model.judgement import Outcome, Reason
from monitor.pipeline.assess import MOST_ATTEMPTS, Assessed
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.passes import PassResult, one_pass
from monitor.pipeline.poll import poll_due
from monitor.service.daemon import Daemon
from monitor.service.notify import Notifier
from monitor.store import entries, feeds, outbox


def run(desk: Desk, *, everything: bool = True) -> tuple[PassResult, list[Assessed]]:
    """Return what one pass came to, as a new process would make it."""
    seen: list[Assessed] = []
    desk.store.write_now(entries.release_all)
    done = one_pass(
        desk, everything=everything, on_assessed=seen.append, on_notice=lambda _: None, on_told=lambda _: None
    )
    return asyncio.run(done), seen


def test_an_article_that_cannot_be_judged_stops_none_behind_it() -> None:
    """It is tried again, and after the third time closed with its reason; the others spoke at once."""
    desk = desk_of(embedder=FaultyEmbedder("Karin Lund"))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        result, seen = run(desk)
        assert len(result.problems) == 1
        assert "unforeseen ZeroDivisionError while judging" in result.problems[0]
        assert result.alerts == (2 if attempt == 1 else 0)
    [closed] = seen[-1].decisions
    assert (closed.outcome, closed.reason) == (Outcome.UNREADABLE, Reason.NOT_JUDGED)
    result, seen = run(desk)
    assert (result.problems, seen) == ([], [])


def test_a_page_that_makes_the_reader_fail_leaves_the_entry_its_headline() -> None:
    source = ListedSource(())
    desk = desk_of(source=source)
    listed = replace(_listed(STORIES[0]), text=None, html=b"<p>")
    desk.store.write_now(lambda tx: entries.add(tx, [listed]))
    result, [assessed] = run(desk)
    assert result.alerts == 1
    assert assessed.decisions[0].outcome is Outcome.ALERTED


def test_a_feed_that_makes_the_parser_fail_is_a_failed_feed() -> None:
    [result] = asyncio.run(poll_due(desk_of(source=ListedSource(failure=ZeroDivisionError("a fault of ours")))))
    assert result.error == "unforeseen ZeroDivisionError: a fault of ours"


def test_a_channel_in_trouble_is_not_asked_again_for_every_message() -> None:
    """No answer says nothing of the next message but that it would wait as long."""
    sender = AnsweringSender(Unsure(reason="no answer"))
    desk = desk_of(sender=sender)
    run(desk)
    assert len(sender.deliveries) == 1
    with desk.store.read() as tx:
        assert outbox.counts(tx) == {"retry": 2, "unknown": 1}
    assert [sent.state for sent in asyncio.run(dispatch_due(desk, everything=True))] == [DeliveryState.SENT] * 3


def test_a_message_that_is_refused_for_good_lets_the_next_ones_through() -> None:
    sender = AnsweringSender(NotSent(reason="too long", permanent=True))
    desk = desk_of(sender=sender)
    run(desk)
    with desk.store.read() as tx:
        assert outbox.counts(tx) == {"dead": 1, "sent": 2}


def test_what_was_meant_for_a_channel_that_is_gone_is_given_up_and_kept() -> None:
    desk = desk_of(sender=AnsweringSender(Unsure(reason="no answer")))
    run(desk)
    desk.store.write_now(lambda tx: outbox.retire(tx, ["another"]))
    with desk.store.read() as tx:
        assert outbox.counts(tx) == {"dead": 3}


def test_a_send_in_hand_is_finished_before_the_daemon_ends() -> None:
    """Stopping in the middle of a send is no crash: nothing is left that may or may not have arrived."""
    started = asyncio.Event()

    class SlowSender(AnsweringSender):
        def send(self, delivery):  # type: ignore[no-untyped-def]
            loop.call_soon_threadsafe(started.set)
            asyncio.run(asyncio.sleep(0.5))
            return super().send(delivery)

    async def work() -> None:
        stop = asyncio.Event()
        daemon = asyncio.create_task(Daemon(desk, Notifier.from_environment({})).run(stop))
        await started.wait()
        stop.set()
        await daemon

    loop = asyncio.new_event_loop()
    sender = SlowSender()
    desk = desk_of(sender=sender)
    loop.run_until_complete(work())
    loop.close()
    with desk.store.read() as tx:
        found = outbox.counts(tx)
    assert found["sent"] == len(sender.deliveries) == 1
    assert set(found) <= {"sent", "leased", "pending"}


def test_a_feed_that_moved_is_learnt_anew() -> None:
    """Its old stories are no news because they have another address."""
    desk = desk_of(source=ListedSource(()))
    run(desk)
    moved = replace(FEED, url="https://wire.example/new", first_poll=FirstPoll.LEARN)
    desk.store.write_now(lambda tx: feeds.sync(tx, [moved], now=NOW))
    _, seen = run(replace(desk, feeds={FEED.name: moved}, source=ListedSource()))
    assert {each.decisions[0].outcome for each in seen} == {Outcome.LEARNT}


def test_a_clock_that_was_wrong_once_silences_nothing() -> None:
    """A poll noted in the future, and whatever it put off, is due."""
    ahead = NOW + timedelta(days=365)
    desk = desk_of(source=ListedSource(()), now=lambda: ahead)
    run(desk)
    result, _ = run(replace(desk, source=ListedSource(), now=lambda: NOW), everything=False)
    assert result.alerts == 3


def _listed(text: str):  # type: ignore[no-untyped-def]
    from monitor.model.feed import FeedEntry
    from monitor.pipeline.listing import entry_of

    return entry_of(FEED, FeedEntry(guid="x", title=text.partition("\n")[0], text=text), now=NOW)
