"""Copies from outside: what the addresses of pages, and what desks add to them, make of articles."""

import json
from pathlib import Path

import pytest
from programs import Ran, run_here

CONFIG = {"version": 1, "feeds": [], "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}]}
STRIKE = (
    "About 15,000 dockers guard the northern harbour of Tarvik. The strike began after the ferry company refused "
    "higher wages. Two cranes were damaged during a protest in March. The mayor asked both sides to negotiate before "
    "the winter storms arrive. Fishermen from the southern islands sold their catch at the market instead."
)
FLOOD = (
    "Prosecutors charged 31 smugglers with poisoning the reservoir of Norrland. Chemists discovered arsenic beneath "
    "the pumping station. Villagers drink bottled water until engineers finish cleaning the pipes. A judge ordered the "
    "owner of the tannery to pay for the damage. Schools stay closed until the results are known."
)
ADDED = (
    "Dockers voted last night by a narrow margin to return to their cranes on Monday. Ferry owners will pay each of "
    "their crews a bonus when the harbour opens again."
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.yaml"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def page(address: str, text: str, *, own: str) -> dict[str, str]:
    sentences = "".join(f"<p>{each}.</p>" for each in text.rstrip(".").split(". "))
    html = f'<html><head><link rel="canonical" href="{own}"></head><body><article>{sentences}</article></body></html>'
    return {"title": address.rpartition("/")[2], "url": address, "html": html}


def outcomes(config: Path, *rows: dict[str, str]) -> list[tuple[str, str]]:
    path = config.parent / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    ran: Ran = run_here(config, "--json", "replay", path)
    return [(each["outcome"], each["reason"]) for each in ran.of("decision")]


def test_pages_that_give_one_address_as_their_own_are_one_article(config: Path) -> None:
    own = "https://post.example/strike"
    first = page("https://post.example/live?id=4", STRIKE, own=own)
    print_view = page("https://post.example/print/4", STRIKE, own=own)
    listed = page("https://post.example/strike", f"{STRIKE}", own="https://post.example/elsewhere")
    assert outcomes(config, first, print_view, listed) == [
        ("alerted", "new_development"),
        ("duplicate", "same_url"),
        ("duplicate", "same_url"),
    ]


def test_a_site_that_gives_all_its_pages_one_address_hides_none(config: Path) -> None:
    own = "https://post.example/"
    pages = [page("https://post.example/strike", STRIKE, own=own), page("https://post.example/flood", FLOOD, own=own)]
    assert outcomes(config, *pages) == [("alerted", "new_development")] * 2


def test_a_page_gives_nothing_away_of_another_sites_pages(config: Path) -> None:
    """One that names a stranger's address as its own does not make the stranger's page a copy of it."""
    liar = page("https://liar.example/x", FLOOD, own="https://post.example/strike")
    honest = page("https://post.example/strike", STRIKE, own="https://post.example/strike")
    assert outcomes(config, liar, honest) == [("alerted", "new_development")] * 2


def test_a_wire_under_a_desks_own_first_sentences_speaks_and_its_copies_do_not(config: Path) -> None:
    rows = [
        {"title": "Strike", "url": "https://post.example/1", "text": STRIKE},
        {"title": "Harbour strike", "url": "https://mirror.example/2", "text": f"{STRIKE} Leave a Reply"},
        {"title": "Strike", "url": "https://desk.example/3", "text": f"{ADDED} {STRIKE}"},
        {"title": "Strike", "url": "https://late.example/4", "text": f"{ADDED} {STRIKE} Share this article"},
    ]
    assert [outcome for outcome, _ in outcomes(config, *rows)] == ["alerted", "duplicate", "alerted", "duplicate"]


def test_a_page_that_was_edited_speaks_where_a_number_or_a_name_is_another_one(config: Path) -> None:
    """Only the first edit that says so: a slip, a comma and the same correction again stay silent."""
    slip = STRIKE.replace("damaged", "damagged").replace("Two cranes", "Two cranes,")
    number = STRIKE.replace("15,000", "13,000")
    name = number.replace("Tarvik", "Norhaven")
    texts = [STRIKE, slip, number, number.replace("Fishermen", "Fisherman"), name, name.replace("islands", "ilands")]
    rows = [{"title": "Strike", "url": "https://post.example/strike", "text": text} for text in texts]
    assert outcomes(config, *rows) == [
        ("alerted", "new_development"),
        ("duplicate", "same_url"),
        ("alerted", "correction"),
        ("duplicate", "same_url"),
        ("alerted", "correction"),
        ("duplicate", "same_url"),
    ]


def test_a_value_that_is_set_back_is_corrected_once_more(config: Path) -> None:
    """Whoever was told 13,000 by a correction has to hear that it is 15,000 after all; once."""
    number = STRIKE.replace("15,000", "13,000")
    texts = [STRIKE, number, STRIKE, STRIKE.replace("damaged", "damagged"), STRIKE, number]
    rows = [{"title": "Strike", "url": "https://post.example/strike", "text": text} for text in texts]
    assert outcomes(config, *rows) == [
        ("alerted", "new_development"),
        ("alerted", "correction"),
        ("alerted", "correction"),
        ("duplicate", "same_url"),
        ("duplicate", "same_url"),
        ("alerted", "correction"),
    ]
    alerts = run_here(config, "--json", "replay", config.parent / "rows.jsonl").of("alert")
    assert [(c["was"], c["now"]) for alert in alerts for c in alert["changed"]] == [
        ("15,000", "13,000"),
        ("13,000", "15,000"),
        ("15,000", "13,000"),
    ]


def test_a_correction_says_so_and_shows_both_sentences(config: Path) -> None:
    texts = [STRIKE, STRIKE.replace("15,000", "13,000")]
    rows = [{"title": "Strike", "url": "https://post.example/strike", "text": text} for text in texts]
    path = config.parent / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    first, second = run_here(config, "--json", "replay", path).of("alert")
    assert (first["corrects"], second["corrects"]) == (None, first["new"][0]["entry"])
    [change] = second["changed"]
    assert (change["was"], change["now"]) == ("15,000", "13,000")
    assert change["evidence"]["source"] == second["corrects"]
    assert change["evidence"]["text"] == STRIKE.partition(" The strike")[0]
    assert change["evidence"]["sentence"] == change["evidence"]["text"].replace("15,000", "13,000")
    shown = run_here(config, "replay", path).out
    assert shown.count("correction of an earlier version") == 1


def test_the_same_change_on_another_site_is_no_correction(config: Path) -> None:
    other = {"title": "Strike", "url": "https://mirror.example/strike", "text": STRIKE.replace("Tarvik", "Norhaven")}
    rows = [{"title": "Strike", "url": "https://post.example/strike", "text": STRIKE}, other]
    assert outcomes(config, *rows)[1] == ("duplicate", "near_copy")
