"""Polls that a hostile feed or a wrong clock makes of a day, acted out: the shared recipes, and some of our own."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile_samples import HOSTILE, samples
from newsroom import DAM, STRIKE, TOPICS, TRIAL
from sequence_lab import EVERY, Item, Program, play, stage

from monitor.model.judgement import Outcome, Reason
from monitor.store import editions
from tests.integration.test_outgoing import texts

Recipe = dict[str, Any]
Act = Callable[[Program, Recipe], Awaitable[None]]
DAY = timedelta(days=1)
LEARN = {"first_poll": "learn"}


def listed(count: int, *, first: int = 0) -> list[Item]:
    """Return items on events of their own, each at an address of its own that leads nowhere."""
    return [
        Item(guid=f"g{first + at}", text=text, link=f"http://127.0.0.2:9/{first + at}")
        for at, text in enumerate(texts(count, first=first))
    ]


async def repeated(program: Program, polls: int, change: Callable[[int, list[Item]], list[Item]]) -> None:
    """Poll the one feed again and again, each time changed: nobody hears of it, and news of it is told."""
    [name] = program.press.feeds
    await program.passes(timedelta(hours=2))  # what the first poll brought over the cap
    before = len(program.messages)
    for poll in range(1, polls):
        program.press.feeds[name] = change(poll, program.press.feeds[name])
        await program.passes(EVERY)
    assert len(program.messages) == before
    [fresh] = listed(1, first=900)
    program.press.feeds[name] = [fresh, *program.press.feeds[name]]
    await program.passes(EVERY)
    assert len(program.messages) == before + 1


async def flipped_guids(program: Program, recipe: Recipe) -> None:
    program.press.feeds["wire"] = listed(recipe["items"])
    await program.passes()
    await repeated(
        program,
        recipe["polls"],
        lambda poll, items: [replace(each, guid=f"{poll}-{at}") for at, each in enumerate(items)],
    )


async def flipped_links(program: Program, recipe: Recipe) -> None:
    program.press.feeds["wire"] = listed(recipe["items"])
    await program.passes()

    def tracked(poll: int, items: list[Item]) -> list[Item]:
        return [
            replace(each, link=f"{each.link.partition('?')[0]}?utm_source=r{poll}&fbclid={poll}x") for each in items
        ]

    await repeated(program, recipe["polls"], tracked)


async def shuffled(program: Program, recipe: Recipe) -> None:
    program.press.feeds["wire"] = listed(recipe["items"])
    await program.passes()
    await repeated(program, recipe["polls"], lambda poll, items: random.Random(poll).sample(items, len(items)))


async def vanished(program: Program, recipe: Recipe) -> None:
    items = program.press.feeds["wire"] = listed(recipe["items"])
    await program.passes()
    await repeated(program, recipe["polls"], lambda poll, _: [] if poll in (1, 2, 3) else items)


SEQUENCES: dict[str, Act] = {
    "guid-flip": flipped_guids,
    "link-flip": flipped_links,
    "shuffle": shuffled,
    "vanish-return": vanished,
}
OWN = [
    pytest.param({"name": "guid-flip", "recipe": {"polls": 3, "items": 8}}, id="own-guid-flip"),
    pytest.param({"name": "link-flip", "recipe": {"polls": 3, "items": 8}}, id="own-link-flip"),
    pytest.param({"name": "shuffle", "recipe": {"polls": 3, "items": 20}}, id="own-shuffle"),
    pytest.param({"name": "vanish-return", "recipe": {"polls": 7, "items": 9}}, id="own-vanish-return"),
]


def of(*names: str) -> list[Any]:
    """Return the shared recipes of these names, and our own."""
    shared = [each for each in samples("sequence") if not each.values[0] or each.values[0]["name"] in names]
    return [*shared, *(each for each in OWN if each.values[0]["name"] in names)]


def recipe_of(sample: Recipe) -> Recipe:
    return sample["recipe"] if "recipe" in sample else json.loads((HOSTILE / sample["file"]).read_text())


@pytest.fixture(scope="module", autouse=True)
def staged() -> Iterator[None]:
    with stage():
        yield


@pytest.mark.parametrize("sample", of("guid-flip", "link-flip", "shuffle", "vanish-return"))
def test_what_was_listed_before_is_told_to_nobody(sample: Recipe, tmp_path: Path) -> None:
    recipe, act = recipe_of(sample), SEQUENCES[sample["name"]]
    feed = LEARN if "file" in sample else {}
    play(tmp_path, lambda program: act(program, recipe), "wire", feed=feed)


# --- one article that is edited all day -------------------------------------------------------------------------------

WORDS = ("quick", "slow", "late", "early", "grave", "loud", "calm", "odd")


def is_edit(each: Any) -> bool:
    return not each.values[0] or each.values[0]["name"] == "edit-100"


EDITS = {
    "a word": lambda poll: f"It was a {WORDS[poll % len(WORDS)]} reply, said the aide who had read all of it.",
    "a number": lambda poll: f"The ministry of Orlin counted {200 + 13 * poll} lorries on the road to Brenna.",
    "a name": lambda poll: f"The convoy was led by {('Karel', 'Ludvik', 'Otakar')[poll % 3]} Hrdlicka of Brenna.",
}


EDITED = [
    *(
        pytest.param(each.values[0], "a number", id=each.id, marks=each.marks)
        for each in samples("sequence")
        if is_edit(each)
    ),
    *(pytest.param({"recipe": {"polls": 9}}, kind, id=f"own-{kind.split()[1]}") for kind in EDITS),
]


@pytest.mark.parametrize(("sample", "kind"), EDITED)
def test_an_article_that_is_edited_all_day_makes_one_alert_and_one_update_an_hour(
    sample: Recipe, kind: str, tmp_path: Path
) -> None:
    async def act(program: Program) -> None:
        before: list[int] = []
        for poll in range(recipe_of(sample)["polls"]):
            program.press.feeds["wire"] = [Item("g", DAM.first + " " + EDITS[kind](poll), "http://127.0.0.2:9/g")]
            await program.passes(EVERY)
            before.append(len(program.messages))
        kept = {each.entry for each in program.decided}
        assert 1 <= len(kept) <= 1 + editions.MOST
        assert before[0] == 1
        assert all(later - at <= 1 for at, later in zip(before, before[4:], strict=False))  # four polls an hour

    play(tmp_path, act, "wire")


# --- poison -----------------------------------------------------------------------------------------------------------


def noise(about: str, count: int) -> list[str]:
    """Return sentences in plain English that have nothing to do with a topic."""
    others = (each for each in TOPICS if each.name != about)
    told = (text for each in others for text in (each.background, each.first, *each.rewrites, *each.developments))
    lines = [line for text in told for line in text.splitlines()[1:]]
    return [lines[at * 7 % len(lines)] for at in range(count)]


def buried(report: str, about: str, *, count: int = 40) -> str:
    """Return a text that says all of a report somewhere among noise."""
    said = report.splitlines()
    lines = noise(about, count)
    for at, line in enumerate(said):
        lines.insert((at + 1) * count // (len(said) + 1), line)
    return "\n".join(["What people talk about in the valley today", " ".join(lines)])


POISON = [
    pytest.param("learn", TRIAL.developments[0], TRIAL.developments[0], id="own-learnt"),
    pytest.param("learn", DAM.rewrites[0], DAM.first, id="own-learnt-in-other-words"),
    pytest.param("judge", STRIKE.developments[0], STRIKE.developments[0], id="own-judged"),
    *(
        pytest.param(first_poll, DAM.developments[0], DAM.developments[0], id=f"shared-{first_poll}", marks=each.marks)
        for each in samples("sequence")
        for first_poll in ("learn", "judge")
        if "file" not in each.values[0] or each.values[0]["name"] == "poison-novelty"
    ),
]


@pytest.mark.parametrize(("first_poll", "claim", "report"), POISON)
def test_what_one_source_buried_in_noise_is_told_when_another_one_reports_it(
    first_poll: str, claim: str, report: str, tmp_path: Path
) -> None:
    """Also where others were learnt beside it, on the same event: they do not vouch for what only one said."""
    [topic] = [each for each in TOPICS if report in (each.first, *each.developments)]

    async def act(program: Program) -> None:
        program.press.feeds["liar"] = [Item("l", buried(claim, topic.name))]
        program.press.feeds["old"] = [Item("o", topic.background)]
        await program.passes()
        program.press.feeds["desk"] = [Item("d", report)]
        [real] = await program.passes(EVERY)
        assert (real.outcome, real.reason) in (
            (Outcome.HELD, Reason.ONE_SOURCE),
            (Outcome.ALERTED, Reason.NEW_DEVELOPMENT),
        )
        await program.passes(timedelta(hours=1))
        assert [each.partition("\n")[0] for each in program.messages].count(report.partition("\n")[0]) == 1

    play(tmp_path, act, "liar", "old", "desk", feed={"first_poll": first_poll}, watch={"confirm": {}})


def test_what_several_learnt_sources_say_is_known_though_each_says_it_otherwise(tmp_path: Path) -> None:
    async def act(program: Program) -> None:
        for name, text in zip(("a", "b", "c"), (STRIKE.background, STRIKE.first, STRIKE.rewrites[0]), strict=True):
            program.press.feeds[name] = [Item(name, text)]
        await program.passes()
        program.press.feeds["late"] = [Item("l", STRIKE.rewrites[1])]
        [late] = await program.passes(EVERY)
        assert late.outcome is Outcome.KNOWN

    play(tmp_path, act, "a", "b", "c", "late", feed=LEARN, watch={"confirm": {}})


@pytest.mark.parametrize("title", ["", STRIKE.first.partition("\n")[0]], ids=["empty", "its title"])
@pytest.mark.parametrize("first_poll", ["learn", "judge"])
def test_a_stub_under_anothers_guid_and_address_keeps_nothing_from_being_told(
    title: str, first_poll: str, tmp_path: Path
) -> None:
    async def act(program: Program) -> None:
        address = f"{program.press.bases['desk']}/strike"
        program.press.feeds["liar"] = [Item("real", title, address)]
        await program.passes()
        program.press.pages["/strike"] = STRIKE.first
        program.press.feeds["desk"] = [Item("real", STRIKE.first, address)]
        await program.passes(EVERY)
        told = [each for each in program.messages if "2,900 of its members" in each]
        assert len(told) == 1
        assert len(program.messages) <= 2

    play(tmp_path, act, "liar", "desk", feed={"first_poll": first_poll})
