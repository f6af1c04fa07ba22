"""`monitor known` and `monitor baseline` through their front doors: alone, beside a daemon, beside a pass."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from newsroom import DAM, STRIKE
from programs import LIMIT_S, Line, Ran, listening, run_here, wait_for

from monitor.service.control import ask
from monitor.store.engine import open_store

TITLE, *SAID = DAM.first.splitlines()
NOTHING_STORED = "nothing is stored here yet; `monitor once` or `monitor run` makes the store"


@dataclass
class Desk:
    """A configuration with an inbox, and the program run on it."""

    folder: Path

    def __call__(self, *words: str | Path) -> Ran:
        return run_here(self.folder / "monitor.yaml", *words)

    def added(self, *words: str | Path) -> list[Line]:
        ran = self(*words, "--json")
        assert (ran.code, ran.err) == (0, "")
        return ran.lines

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def bring(self, name: str, text: str) -> None:
        """Put a text into the inbox, with an address and an outlet of its own."""
        title, _, body = text.partition("\n")
        row = {"title": title, "text": body, "url": f"https://{name}.example/{name}", "outlet": name.title()}
        self.write(f"{name}.part", json.dumps(row)).rename(self.folder / "inbox" / f"{name}.jsonl")

    def once(self) -> dict[str | None, Line]:
        """Run a pass; return its decisions by watch."""
        ran = self("once", "--now", "--json")
        assert ran.code == 0, ran.err
        return {line["watch"]: line for line in ran.of("decision")}

    def evidence(self, entry: str, watch: str) -> list[Line]:
        """Return what each sentence of an entry was held against, for one watch."""
        [told] = self("why", entry, "--json").lines
        [decision] = [each for each in told["decisions"] if each["watch"] == watch]
        return [each["nearest"] for each in decision["sentences"]]

    @property
    def state(self) -> Path:
        return self.folder / "state"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    made = Desk(tmp_path)
    (tmp_path / "inbox").mkdir()
    made.write("base/old.txt", DAM.background)
    made.write(
        "monitor.yaml",
        "version: 1\ndefaults: { every: 1s }\n"
        "feeds: [{ name: inbox, folder: inbox, first_poll: judge, languages: [en] }]\nwatches:\n"
        "  - { name: all, match: '*:*', novelty: { embedder: none }, baseline: [base/] }\n"
        "  - { name: dam, match: Velka, novelty: { embedder: none } }\n",
    )
    return made


# --- statements -------------------------------------------------------------------------------------------------------


def test_what_a_reader_states_is_no_news_to_that_watch_and_is_shown_as_the_source(desk: Desk) -> None:
    [line] = desk.added("known", "add", "\n".join([TITLE, *SAID]), "--watch", "dam")
    assert (line["type"], line["new"], line["watch"], line["language"]) == ("added", True, "dam", "en")
    assert line["sentences"] == 7
    desk.bring("alpha", DAM.first)
    found = desk.once()
    assert (found["dam"]["outcome"], found["dam"]["reason"]) == ("known", "nothing_new")
    assert found["all"]["outcome"] == "alerted"
    evidence = desk.evidence(found["dam"]["entry"], "dam")
    assert {each["source"] for each in evidence} == {f"known:{line['id']}"}
    assert {each["outlet"] for each in evidence} == {"your own statement"}
    assert f"(known:{line['id']})" in desk("why", found["dam"]["entry"]).out


def test_an_alert_names_the_reader_for_what_that_reader_said(desk: Desk) -> None:
    [line] = desk.added("known", "add", SAID[0], "--watch", "dam")
    desk.bring("alpha", DAM.first)
    assert desk.once()["dam"]["outcome"] == "alerted"
    [alert] = [each for each in desk("alerts", "--json").lines if each["watch"] == "dam"]
    [known] = alert["known"]
    assert (known["text"], known["evidence"]["source"]) == (SAID[0], f"known:{line['id']}")


def test_what_every_watch_knows_every_watch_knows(desk: Desk) -> None:
    desk.added("known", "add", "\n".join([TITLE, *SAID]))
    desk.bring("alpha", DAM.first)
    assert {line["outcome"] for line in desk.once().values()} == {"known"}


def test_what_is_said_twice_is_said_once(desk: Desk) -> None:
    [first] = desk.added("known", "add", SAID[0], "--watch", "dam")
    [again] = desk.added("known", "add", f"  {SAID[0].replace(' ', '  ')}\n", "--watch", "dam")
    [other] = desk.added("known", "add", SAID[0])
    assert (again["id"], again["new"]) == (first["id"], False)
    assert (other["id"] != first["id"], other["new"]) == (True, True)
    rows = desk("known", "list", "--json").lines
    assert [(row["id"], row["watch"], row["text"]) for row in rows] == [
        (first["id"], "dam", SAID[0]),
        (other["id"], None, SAID[0]),
    ]
    assert desk("known", "add", SAID[0]).out.startswith(
        f"known already to every watch as {other['id']} (1 sentence, en)"
    )


def test_what_is_taken_back_is_news_again(desk: Desk) -> None:
    [line] = desk.added("known", "add", "\n".join([TITLE, *SAID]))
    ran = desk("known", "rm", f"[{line['id'][:6]}]")
    assert ran.code == 0
    assert ran.out.startswith(f"removed {line['id']} from what every watch knows: {TITLE} Authorities")
    assert desk("known", "list").out == "nothing was said to be known\n"
    desk.bring("alpha", DAM.first)
    assert {each["outcome"] for each in desk.once().values()} == {"alerted"}


def test_a_statement_may_come_from_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Дамба в Бренне дала течь.".encode())))
    [line] = desk.added("known", "add", "-", "--language", "ru-RU")
    assert (line["text"], line["language"]) == ("Дамба в Бренне дала течь.", "ru")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    assert desk("known", "add", "-").sentence == "standard input is no text in UTF-8, or too much of it"


def test_its_language_is_one_that_the_feeds_bring(desk: Desk) -> None:
    """A short statement looks like many a language; compared with texts of another one it would know nothing."""
    assert desk.added("known", "add", "Velka dam OK.")[0]["language"] == "en"
    file = desk.folder / "monitor.yaml"
    file.write_text(file.read_text().replace("[en]", "[fr, en]"))
    assert desk.added("known", "add", "Le barrage de Velka fuit depuis mardi matin.")[0]["language"] == "fr"
    ran = desk("known", "add", "Velka OK.")
    assert (ran.code, ran.sentence) == (
        2, "that is too short to see its language; name it, as in `--language en`",
    )  # fmt: skip
    file.write_text(file.read_text().replace(", languages: [fr, en]", ""))
    assert desk.added("known", "add", "Плотина в Бренне дала течь во вторник.")[0]["language"] == "ru"


# --- files ------------------------------------------------------------------------------------------------------------


def test_files_that_are_added_are_known_whatever_becomes_of_them(desk: Desk) -> None:
    page = "".join(f"<p>{line}</p>" for line in STRIKE.first.splitlines()[1:])
    desk.write("more/strike.html", f"<html><body><h1>Dockers walk out</h1>{page}</body></html>")
    desk.write("more/dam.jsonl", json.dumps({"title": TITLE, "text": "\n".join(SAID), "outlet": "Archive"}))
    first, second = desk.added("baseline", "add", "more")
    assert [(each["source"], each["title"], each["new"]) for each in (first, second)] == [
        ("more/dam.jsonl:1", TITLE, True),
        ("more/strike.html", "Dockers walk out", True),
    ]
    assert [each["new"] for each in desk.added("baseline", "add", "more/strike.html", "more/dam.jsonl")] == [False] * 2
    (desk.folder / "more" / "dam.jsonl").unlink()
    desk.bring("alpha", DAM.first)
    found = desk.once()
    assert {line["outcome"] for line in found.values()} == {"known"}
    evidence = desk.evidence(found["dam"]["entry"], "dam")
    assert {(each["source"], each["outlet"]) for each in evidence} == {("more/dam.jsonl:1", "Archive")}
    assert desk("baseline", "rm", first["id"]).out == f"removed {first['id']} from what every watch knows: {TITLE}\n"
    assert [row["id"] for row in desk("baseline", "list", "--json").of("known")] == [second["id"]]


def test_the_baseline_is_listed_with_what_it_gives(desk: Desk) -> None:
    paths = "WATCH  TEXTS  SENTENCES  CONFIGURED PATH\nall    1      6          base\n"
    assert desk("baseline", "list").out == paths  # before anything is stored
    desk.write("dam.txt", DAM.first)
    [line] = desk.added("baseline", "add", "dam.txt", "--watch", "dam")
    heading, row = desk("baseline", "list").out.removeprefix(f"{paths}\n").splitlines()
    assert heading.split() == ["ID", "WATCH", "LANGUAGE", "SENTENCES", "SINCE", "ADDED", "FILE", "TITLE"]
    assert row.startswith(f"{line['id']}  dam    en        7          20")
    assert row.endswith(f"  dam.txt     {TITLE}")
    told = desk("baseline", "list", "--json").lines
    assert told[0] == {"type": "path", "watch": "all", "path": "base", "texts": 1, "sentences": 6}
    assert set(told[1]) == {"type", "id", "watch", "language", "sentences", "added", "source", "title"}


def test_what_cannot_be_read_is_named_and_the_rest_is_known(desk: Desk) -> None:
    desk.write("dam.txt", DAM.first)
    ran = desk("baseline", "add", "gone.txt", "dam.txt")
    assert (ran.code, ran.err) == (1, "gone.txt: no such file or folder\n")
    assert ran.out.startswith("known to every watch as ")
    assert ran.out.endswith(f" (7 sentences, en): {TITLE}\n")
    desk.write("empty.jsonl", "")
    assert desk("baseline", "add", "empty.jsonl").sentence == "there is no text in these files"
    desk.write("base/broken.jsonl", "{")
    ran = desk("baseline", "list")
    assert ran.code == 1
    assert ran.err.startswith(f"{desk.folder}/base/broken.jsonl:1: ")
    assert "all    1      6          base\n" in ran.out


def test_what_is_added_has_a_bound_and_beyond_it_nothing_is_kept(desk: Desk) -> None:
    """What an article is held against is bounded, and what was told needs room in it too."""
    many = "\n".join(f"Reading {n} of the gauge at Brenna stood {n} crowns above the mark." for n in range(499))
    desk.write("many.txt", f"Gauge readings at Brenna\n{many}")
    [line] = desk.added("baseline", "add", "many.txt")
    assert line["sentences"] == 500
    ran = desk("known", "add", SAID[0])
    assert ran.code == 1
    assert ran.sentence.startswith("every watch would know 501 added sentences, and 500 is the most; put it in a file ")
    assert desk("known", "list").out == "nothing was said to be known\n"
    assert desk.added("known", "add", SAID[0], "--watch", "dam")[0]["new"]
    assert not desk.added("baseline", "add", "many.txt")[0]["new"]
    ran = desk("known", "add", "word " * 20_001)
    assert ran.sentence.startswith("that is more than 100,000 characters at once; ")


# --- acknowledging ----------------------------------------------------------------------------------------------------


def test_an_acknowledged_alert_says_since_when_and_what_was_noted(desk: Desk) -> None:
    desk.bring("alpha", DAM.first)
    entry = desk.once()["dam"]["entry"]
    [dam] = [each for each in desk("alerts", "--json").lines if each["watch"] == "dam"]
    assert dam["ack"] is None
    assert "acknowledged" not in desk("alerts").out + desk("why", entry).out
    ran = desk("alerts", "ack", f"[#{dam['id'][:6]}]", "--note", "told the\n mayor", "--json")
    assert ran.lines == [{"type": "acknowledged", "id": dam["id"], "headline": TITLE, "new": True}]
    [noted] = [each["ack"] for each in desk("alerts", "--json").lines if each["watch"] == "dam"]
    assert noted["note"] == "told the mayor"
    said = f"acknowledged {noted['at'][:10]} {noted['at'][11:16]} UTC: told the mayor\n"
    assert f"  {said}" in desk("alerts").out
    assert f"    {said}" in desk("why", dam["id"]).out
    assert desk("alerts", "ack", dam["id"]).out == f"acknowledged before: {dam['id']}  {TITLE}\n"
    assert [each["ack"] for each in desk("alerts", "--json").lines if each["watch"] == "dam"] == [noted]
    desk("alerts", "ack", dam["id"], "--note", "\x1b[31mred", "-q")
    assert "acknowledged" in desk("alerts").out
    assert "\x1b" not in desk("alerts").out


def test_alerts_are_acknowledged_together_or_not_at_all(desk: Desk) -> None:
    desk.bring("alpha", DAM.first)
    desk.once()
    first, second = (each["id"] for each in desk("alerts", "--json").lines)
    for words, code, said in (
        ([first, "ffff"], 1, "'ffff' is no alert; `monitor alerts` shows them"),
        ([first, "abc"], 2, "'abc' is too short: give at least 4 characters of an id"),
        ([first, "--note", "x" * 501], 2, "a note has at most 500 characters"),
    ):
        ran = desk("alerts", "ack", *words)
        assert (ran.code, ran.sentence) == (code, said)
    assert [each["ack"] for each in desk("alerts", "--json").lines] == [None, None]
    assert [line["new"] for line in desk("alerts", "ack", first, second, "--json").lines] == [True, True]


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["known", "add", SAID[0], "--watch", "nope"], 2, "there is no watch named 'nope'"),
        (["baseline", "add", "base", "--watch", "nope"], 2, "there is no watch named 'nope'"),
        (["known", "add", "…"], 1, "the text says nothing: there is no sentence in it"),
        (["known", "add", SAID[0], "--language", "?"], 2, "'?' is no language; name it as in `--language en`"),
        (["known", "rm", "abc"], 2, "'abc' is too short: give at least 4 characters of an id"),
        (["known", "rm", "{file}"], 1, "'{file}' names nothing that was added; `monitor known list` shows what was"),
        (["baseline", "rm", "ffff"], 1, "'ffff' names nothing that was added; `monitor baseline list` shows what was"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(desk: Desk, words: list[str], code: int, said: str) -> None:
    desk.write("dam.txt", DAM.first)
    [line] = desk.added("baseline", "add", "dam.txt")
    ran = desk(*(word.format(file=line["id"]) for word in words))
    assert (ran.code, ran.sentence) == (code, said.format(file=line["id"]))
    assert desk("known", "list", "--json").lines == []
    assert len(desk("baseline", "list", "--json").of("known")) == 1


def test_without_a_store_only_adding_makes_one(desk: Desk) -> None:
    for words in (["known", "list"], ["known", "rm", "abcd"], ["baseline", "rm", "abcd"]):
        ran = desk(*words)
        assert (ran.code, ran.sentence.endswith(NOTHING_STORED)) == (1, True)
    assert not desk.state.exists()
    assert desk("known", "add", SAID[0], "-q").out == ""
    assert len(desk("known", "list").out.splitlines()) == 2


def test_a_pass_that_runs_meanwhile_is_waited_for_and_then_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.beside.PATIENCE_S", 0.2)
    held = open_store(desk.state)
    ran = desk("known", "add", SAID[0])
    assert ran.code == 75
    assert "another monitor uses this state" in ran.sentence
    held.close()
    assert desk("known", "add", SAID[0]).code == 0


# --- beside a daemon --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_running_daemon_knows_at_once(desk: Desk) -> None:
    desk.write("strike.txt", STRIKE.first)
    with listening(desk.folder / "monitor.yaml") as process:
        [line] = desk.added("known", "add", "\n".join([TITLE, *SAID]))
        [file] = desk.added("baseline", "add", "strike.txt")
        assert not desk.added("baseline", "add", "strike.txt")[0]["new"]
        for n, text in ((30_000, "word " * 7), (501, "x")):
            desk.write("much.jsonl", "".join(f'{{"title": "{k}", "text": "{text}"}}\n' for k in range(n)))
            assert desk("baseline", "add", "much.jsonl").sentence.startswith("that is more than ")
        desk.bring("alpha", DAM.first)
        desk.bring("delta", STRIKE.first)
        wait_for(lambda: sum(desk("status", "--json").lines[-1]["outcomes"].values()) == 3, "three decisions")
        assert desk("alerts").out == "no alerts\n"
        assert desk("known", "rm", "ffff").sentence.startswith("'ffff' names nothing that was added")
        assert desk("known", "rm", line["id"]).out.startswith(f"removed {line['id']}")
        assert [row["id"] for row in desk("baseline", "list", "--json").of("known")] == [file["id"]]
        text = dict.fromkeys(("source", "title", "text", "language", "outlet"), "a") | {"date": None}
        for nonsense, said in (
            ({"kind": "file", "texts": {}}, "texts are a list"),
            ({"kind": "rumour", "texts": []}, "the kind is one of statement, file"),
            ({"kind": "file", "texts": [7]}, "a text has a source, "),
            ({"kind": "file", "texts": [text | {"date": "soon"}]}, "a text has a source, "),
            ({"kind": "file", "texts": [text | {"text": 7}]}, "what is named is named by words"),
        ):
            answer = ask(desk.state, {"do": "knowledge_add"} | nonsense)
            assert answer is not None
            assert not answer["ok"]
            assert answer["error"].startswith(said)
        desk.bring("alpha2", f"{DAM.developments[0]}")
        wait_for(lambda: desk("alerts", "--json").lines, "an alert")
        alert = desk("alerts", "--json").lines[0]["id"]
        assert desk("alerts", "ack", alert).out.startswith(f"acknowledged {alert}  ")
        assert ask(desk.state, {"do": "ack", "alerts": alert}) == {"ok": False, "error": "alerts are a list of words"}
        process.terminate()
        assert process.wait(LIMIT_S) == 0
    log = [json.loads(text) for text in (desk.folder / "log").read_text().splitlines()]
    assert [each["event"] for each in log if "knowledge" in each["event"] or "ackn" in each["event"]] == [
        "knowledge_added", "knowledge_added", "knowledge_added", "knowledge_removed", "alerts_acknowledged",
    ]  # fmt: skip
