"""Replay from outside: the originals and our own seeds, and what files may look like."""

import json
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import Ran, run, run_here

LEFTOVERS = ("leave a reply", "see also", "ashley bailey", "email address", "submit a tip")

CONFIG = {
    "version": 1,
    "feeds": [],
    "watches": [
        {"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}},
        {"name": "wagner", "match": "Wagner", "novelty": {"embedder": "none"}},
    ],
}


def replay(*words: str | Path, cwd: Path) -> Ran:
    """Run the program as a user does, with the built-in watch where the folder holds no configuration."""
    return run(None, "--json", "replay", *words, cwd=cwd)


def replay_here(config: Path, *words: str | Path) -> Ran:
    return run_here(config, "--json", "replay", *words)


def titles(ran: Ran) -> list[str]:
    return [title for title, *_ in ran.decisions]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "monitor.yaml"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


# --- the originals ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def originals(shared: Path) -> Path:
    folder = shared / "seeds"
    if not folder.is_dir():
        pytest.skip(f"the original seeds are absent ({folder})")
    return folder


@pytest.fixture(scope="module")
def of_originals(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return replay(originals, cwd=tmp_path_factory.mktemp("empty"))


def test_the_originals_get_five_decisions_and_none_is_a_copy(of_originals: Ran) -> None:
    assert (of_originals.code, of_originals.err) == (0, "")
    decisions = of_originals.of("decision")
    assert len(decisions) == 5
    assert [line["watch"] for line in decisions] == ["mali"] * 5
    assert [line["duplicate_of"] for line in decisions] == [None] * 5
    assert "duplicate" not in {line["outcome"] for line in decisions}
    assert of_originals.of("summary")[0]["duplicates"] == 0


def test_000_001_and_002_are_one_story(of_originals: Ran) -> None:
    stories = [line["story"] for line in of_originals.of("decision")]
    assert stories[0] == stories[1] == stories[2] is not None


def test_no_leftover_of_a_web_page_is_in_any_alert(of_originals: Ran) -> None:
    alerts = of_originals.of("alert")
    assert alerts
    for alert in alerts:
        told = json.dumps(alert, ensure_ascii=False).lower()
        assert [words for words in LEFTOVERS if words in told] == []


def test_the_originals_give_the_same_bytes_again(of_originals: Ran, originals: Path, tmp_path: Path) -> None:
    assert replay(originals, cwd=tmp_path) == of_originals


def test_an_alert_follows_its_decision_and_quotes_what_was_written(of_originals: Ran, originals: Path) -> None:
    lines = of_originals.lines
    written = [" ".join(path.read_text(encoding="utf-8").split()) for path in sorted(originals.glob("*.txt"))]
    order = [line["entry"] for line in lines if line["type"] == "decision"]
    for before, line in pairwise(lines):
        if line["type"] == "alert":
            assert (before["type"], before["outcome"], before["story"]) == ("decision", "alerted", line["story"])
            assert line["new"]
            for quote in line["new"]:
                assert quote["entry"] == before["entry"]
                assert " ".join(quote["text"].split()) in written[order.index(before["entry"])]
    assert lines[-1]["type"] == "summary"


def test_originals_that_are_known_bring_no_alert(originals: Path, tmp_path: Path) -> None:
    with chdir(tmp_path):
        ran = run_here(None, "--json", "replay", originals, "--baseline", originals, "--expect-alerts", "0")
    assert (ran.code, ran.of("alert")) == (0, [])
    assert {line["outcome"] for line in ran.of("decision")} <= {"known", "duplicate"}


# --- our own seeds ----------------------------------------------------------------------------------------------------


def test_seeds_that_are_known_bring_no_alert(root: Path, tmp_path: Path) -> None:
    with chdir(tmp_path):
        ran = run_here(None, "--json", "replay", root / "seeds", "--baseline", root / "seeds", "--expect-alerts", "0")
    assert (ran.code, ran.err, ran.of("alert")) == (0, "", [])
    assert len(ran.of("decision")) == 5
    assert {line["outcome"] for line in ran.of("decision")} <= {"known", "duplicate"}


def test_seeds_come_by_their_dates_and_in_words_too(root: Path, tmp_path: Path) -> None:
    """The oldest, 003, comes first; and what a person reads is the same on a second run as well."""
    ran = run(None, "replay", root / "seeds", cwd=tmp_path)
    with chdir(tmp_path):
        assert run_here(None, "replay", root / "seeds") == ran
    assert ran.code == 0
    shown = ran.out
    assert "\x1b" not in shown
    titles = [path.read_text(encoding="utf-8").split("title: ")[1].splitlines()[0] for path in seeds_by_date(root)]
    places = [shown.index(title[:40]) for title in titles]
    assert places == sorted(places)


def seeds_by_date(root: Path) -> list[Path]:
    def date(path: Path) -> str:
        return path.read_text(encoding="utf-8").split("date: ")[1].splitlines()[0]

    return sorted(sorted((root / "seeds").glob("*.*")), key=date)


# --- files ------------------------------------------------------------------------------------------------------------

FIRE = "Fire guts the market of Mopti in Mali\n\nA fire gutted the market of Mopti in Mali on Monday, firemen said.\n"
RAIN = "Rain ends the drought in Kayes, Mali\n\nTwo days of rain ended the drought at Kayes in Mali, farmers said.\n"


def dated(text: str, day: str, **more: str) -> str:
    title, _, body = text.partition("\n")
    front = "".join(f"{key}: {value}\n" for key, value in {"title": title, "date": day, **more}.items())
    return f"---\n{front}---\n{body}"


def test_dates_decide_the_order_where_every_file_has_one(config: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "dated", a__txt=dated(FIRE, "2023-05-02"), b__md=dated(RAIN, "2023-05-01"))
    ran = replay_here(config, folder)
    assert titles(ran) == [RAIN.splitlines()[0], FIRE.splitlines()[0]]
    assert [line["new"][0]["date"][:10] for line in ran.of("alert")] == ["2023-05-01", "2023-05-02"]


def test_one_undated_file_makes_the_path_decide(config: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "mixed", a__txt=dated(FIRE, "2023-05-02"), b__md=RAIN)
    assert titles(replay_here(config, folder)) == [FIRE.splitlines()[0], RAIN.splitlines()[0]]


def test_pages_rows_and_texts_are_read_side_by_side(config: Path, tmp_path: Path) -> None:
    page = (
        "<!DOCTYPE html><title>Fire guts the market of Mopti in Mali | Daily</title><nav>Home World Sport</nav>"
        "<article><h1>Fire guts the market of Mopti in Mali</h1>"
        "<p>A fire gutted the market of Mopti in Mali on Monday, firemen said.</p></article><footer>Imprint</footer>"
    )
    rows = [
        {"title": "Mali buys wheat", "text": "Mali bought wheat from Ukraine.", "url": "https://example.org/a?x=1"},
        {
            "title": "Mali sells salt",
            "html": "<article><h1>Mali sells salt</h1><p>Mali sold salt to Niger.</p></article>",
        },
    ]
    folder = write(
        tmp_path / "kinds", a__html=page, b__jsonl="\n".join(map(json.dumps, rows)), c__txt=RAIN,
        README__md="Mali: no article\n", d__csv="Mali,1\n", _hidden__txt="x",
    )  # fmt: skip
    (folder / "_hidden.txt").rename(folder / ".hidden.txt")
    deeper = write(
        folder / "deeper", e__md=dated("Mali wins a cup\nMali won the cup of Africa.\n", "2023-01-01", outlet="Goal")
    )
    assert deeper.is_dir()
    ran = replay_here(config, folder)
    assert (ran.code, ran.err) == (0, "")
    assert titles(ran)[0].startswith("Fire guts the market of Mopti in Mali")
    assert titles(ran)[1:] == ["Mali buys wheat", "Mali sells salt", RAIN.splitlines()[0], "Mali wins a cup"]
    urls = [line["url"] for line in ran.of("decision")]
    assert urls == [None, "https://example.org/a?x=1", None, None, None]
    assert [line["outlet"] for line in ran.of("decision")][1] == "example.org"
    assert ran.of("decision")[-1]["outlet"] == "Goal"
    assert "A fire gutted the market of Mopti" in ran.of("alert")[0]["new"][0]["text"]


def test_one_watch_of_several_can_be_chosen(config: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", a__txt=f"{FIRE}Wagner men fought the flames.\n")
    both = replay_here(config, folder)
    assert [line["watch"] for line in both.of("decision")] == ["mali", "wagner"]
    assert [line["watch"] for line in replay_here(config, folder, "--watch", "wagner").of("decision")] == ["wagner"]
    unknown = replay_here(config, folder, "--watch", "mars")
    assert (unknown.code, unknown.out) == (2, "")
    assert "there is no watch named 'mars'" in unknown.err


@pytest.mark.parametrize(("expected", "code"), [("2", 0), ("1", 1), ("0", 1)])
def test_a_number_of_alerts_can_be_demanded(config: Path, tmp_path: Path, expected: str, code: int) -> None:
    folder = write(tmp_path / "two", a__txt=FIRE, b__txt=RAIN)
    ran = replay_here(config, folder, "--expect-alerts", expected)
    assert (ran.code, ran.of("summary")[0]["alerts"]) == (code, 2)
    assert ran.err == ("" if code == 0 else f"expected {expected} alerts, got 2\n")


def test_a_file_that_is_not_utf8_is_named_and_costs_the_others_nothing(config: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "bad", a__txt=FIRE, c__txt=RAIN)
    (folder / "b.txt").write_bytes("Mali réélit son président\n\nTexte.\n".encode("latin-1"))
    ran = replay_here(config, folder)
    assert ran.code == 1
    [sentence] = ran.err.splitlines()
    assert sentence.startswith(f"{folder}/b.txt: ")
    assert "UTF-8" in sentence
    assert len(ran.of("alert")) == 2
    assert ran.of("summary")[0]["entries"] == 2


def test_a_row_that_is_no_object_is_named_by_its_line(config: Path, tmp_path: Path) -> None:
    rows = f"{json.dumps({'title': 'Mali buys wheat', 'text': 'Mali bought wheat.'})}\nnot json\n[1]\n"
    ran = replay_here(config, write(tmp_path / "rows", a__jsonl=rows))
    assert (ran.code, len(ran.of("decision"))) == (1, 1)
    assert [line.rpartition("a.jsonl:")[2][:2] for line in ran.err.splitlines()] == ["2:", "3:"]


def test_an_empty_page_is_no_error(config: Path, tmp_path: Path) -> None:
    ran = replay_here(config, write(tmp_path / "empty", a__html="", b__txt=""))
    assert (ran.code, ran.err) == (0, "")
    assert [line["outcome"] for line in ran.of("decision")] == ["unreadable", "unreadable"]


def test_an_empty_folder_and_a_missing_path_are_named(config: Path, tmp_path: Path) -> None:
    empty, missing = write(tmp_path / "nothing"), tmp_path / "missing"
    ran = replay_here(config, empty, missing)
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"{empty}: no .txt, .md, .html or .jsonl file in this folder",
        f"{missing}: no such file or folder",
    ]
    assert ran.of("summary") == [{"type": "summary", "entries": 0, "alerts": 0, "stories": 0, "duplicates": 0}]
    known = replay_here(config, write(tmp_path / "one", a__txt=FIRE), "--baseline", missing)
    assert (known.code, len(known.of("alert"))) == (1, 1)
    assert "no such file or folder" in known.err


def test_replay_keeps_nothing_and_needs_no_state(config: Path, tmp_path: Path) -> None:
    folder, state = write(tmp_path / "one", a__txt=FIRE), tmp_path / "state"
    assert replay_here(config, folder, "--state", state).code == 0
    assert not state.exists()


# --- twice equals once ------------------------------------------------------------------------------------------------

SENTENCES = (
    "Mali closed 3 of its consulates on Monday.",
    "Wagner opened a base near Sikasso, a mayor said.",
    "The army of Mali found 40 rifles in a well.",
    "A court in Bamako freed the editor of a weekly.",
    "Rain washed away 12 houses at Kayes in Mali.",
    "The football team of Mali drew with Ghana, 2-2.",
    "No one claimed the attack, which Wagner denied.",
    "Cotton farmers in Mali want 300 francs a kilo.",
)
DAYS = st.sampled_from(["", "2023-05-01", "2023-05-02", "2023-05-02T08:00:00Z"])
FILES = st.lists(
    st.tuples(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True), DAYS), min_size=1, max_size=5
)


def make_folder(folder: Path, files: Sequence[tuple[list[str], str]]) -> Path:
    for n, (sentences, day) in enumerate(files):
        text = f"{sentences[0].rstrip('.')}\n\n{' '.join(sentences[1:])}\n"
        write(folder, **{f"{n}__txt": dated(text, day) if day else text})
    return folder


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 10)
@given(files=FILES)
def test_replay_twice_equals_once(files: list[tuple[list[str], str]], config: Path) -> None:
    """The same folder gives the same bytes, wherever it lies; and given twice, it tells nothing that it told once."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        folder, moved = make_folder(Path(one), files), make_folder(Path(other), files)
        once = replay_here(config, folder)
        assert once.code == 0
        assert replay_here(config, folder) == once == replay_here(config, moved)
        both = replay_here(config, folder, folder)
    assert both.of("summary")[0]["entries"] == 2 * len(files)
    told = [(line["watch"], line["headline"], [each["text"] for each in line["new"]]) for line in once.of("alert")]
    assert [
        (line["watch"], line["headline"], [each["text"] for each in line["new"]]) for line in both.of("alert")
    ] == told


def test_a_query_for_a_language_gets_what_is_written_in_it_whatever_the_page_claims(tmp_path: Path) -> None:
    sentences = "".join(
        f"<p>Le ministre a déclaré lundi que la mission quittera le pays avant la fin du mois numéro {n}.</p>"
        for n in range(6)
    )
    page = f"<html lang='en'><body><article><h1>La mission s'en va</h1>{sentences}</article></body></html>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    watch = {"name": "french", "match": "lang:fr", "novelty": {"embedder": "none"}}
    config = tmp_path / "monitor.yaml"
    config.write_text(json.dumps(CONFIG | {"watches": [watch]}), encoding="utf-8")
    [decision] = replay_here(config, tmp_path / "page.html").of("decision")
    assert decision["watch"] == "french"


# --- what waits -------------------------------------------------------------------------------------------------------

AT_NIGHT = (
    ("Ferry Orla sinks off Tarvik", "The ferry Orla sank with 210 people aboard, the master Brandt said.", "03T02:00"),
    (
        "Mayor Lund resigns over bribes",
        "Mayor Karin Lund left after 40,000 crowns were found in her garage.",
        "03T03:00",
    ),
    ("Bears seen near school in Velka", "Three brown bears walked past the school, and lessons fell out.", "04T01:00"),
)


@pytest.fixture
def with_quiet_hours(tmp_path: Path) -> Path:
    """A configuration with quiet hours and two channels, beside what came in two nights."""
    rows = [
        {
            "title": title,
            "text": text,
            "outlet": "Wire",
            "url": f"https://wire.example/{n}",
            "date": f"2024-05-{at}:00Z",
        }
        for n, (title, text, at) in enumerate(AT_NIGHT)
    ]
    write(tmp_path, texts__jsonl="".join(json.dumps(row) + "\n" for row in rows))
    routed = {
        "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}],
        "channels": [{"name": name, "url": f"json://{name}.example/"} for name in ("desk", "chat")],
        "quiet": [{"name": "night", "daily": "22:00-06:30"}],
        "route": {"to": ["desk", "chat"]},
    }
    path = tmp_path / "monitor.yaml"
    path.write_text(json.dumps(CONFIG | routed), encoding="utf-8")
    return path


def test_a_digest_is_printed_when_each_channel_would_be_sent_it(with_quiet_hours: Path) -> None:
    ran = replay_here(with_quiet_hours, with_quiet_hours.with_name("texts.jsonl"), "--expect-alerts", "1")
    assert (ran.code, ran.err) == (0, "")
    kinds = [line["type"] for line in ran.lines]
    assert kinds == ["decision", "decision", "digest", "digest", "decision", "alert", "summary"]
    night, again = ran.of("digest")
    assert {night["channel"], again["channel"]} == {"desk", "chat"}
    assert [item["headline"] for item in night["items"]] == [title for title, *_ in AT_NIGHT[:2]]
    assert (night["why"], night["created"]) == ("quiet", "2024-05-03T06:30:00+00:00")
    [alone] = ran.of("alert")  # for both channels, told once here
    assert alone["headline"] == AT_NIGHT[2][0]
    assert ran.of("summary")[0]["alerts"] == 1
    assert replay_here(with_quiet_hours, with_quiet_hours.with_name("texts.jsonl")) == ran


def test_and_shown_to_people(with_quiet_hours: Path) -> None:
    shown = run_here(with_quiet_hours, "replay", with_quiet_hours.with_name("texts.jsonl")).out
    assert shown.count("2 alerts of all: quiet hours “night” are over") == 2
    assert "DIGEST  to chat · 2 stories · since 3 May 2024, 02:00 UTC (4 h 30 min)" in shown
    assert "* Mayor Lund resigns over bribes" in shown
    assert shown.count("ALERT  ") == 1


FIRST = (
    "The ferry Orla sank off Tarvik on Monday, and 12 people died, the coast guard said. The ship left Holm at dawn."
)

OTHERWISE = "Ferry Orla sinks off Tarvik, and 19 people died, the coast guard said on Monday. Divers were on their way."


@pytest.fixture
def with_groups(tmp_path: Path) -> Path:
    """A configuration in which an alert waits for others of its story."""
    routed = {
        "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}],
        "channels": [{"name": "desk", "url": "json://desk.example/"}],
        "route": {"to": ["desk"], "group_wait": "10m"},
    }
    path = tmp_path / "monitor.yaml"
    path.write_text(json.dumps(CONFIG | routed), encoding="utf-8")
    return path


def one_after_the_other(folder: Path, *told: tuple[str, str], page: str = "") -> Path:
    """Texts of one story, four minutes apart, each by its outlet, at its own page or at one."""
    rows = [
        {"title": text.partition(",")[0], "text": text, "outlet": outlet, "date": f"2024-05-03T02:0{4 * n}:00Z",
         "url": f"https://{page or outlet}.example/orla"}
        for n, (outlet, text) in enumerate(told)
    ]  # fmt: skip
    return write(folder, texts__jsonl="".join(json.dumps(row) + "\n" for row in rows)) / "texts.jsonl"


def test_what_waits_for_its_group_goes_out_with_who_says_otherwise_by_then(with_groups: Path) -> None:
    told = one_after_the_other(with_groups.parent, ("wire", FIRST), ("post", OTHERWISE))
    [digest] = replay_here(with_groups, told).of("digest")
    first, second = digest["items"]
    assert any(line.startswith("12 against 19 (post)") for line in first["changed"])
    assert any(line.startswith("19 against 12 (wire)") for line in second["changed"])


def test_what_is_corrected_while_it_waits_for_its_group_goes_out_once_as_it_stands_then(with_groups: Path) -> None:
    told = one_after_the_other(with_groups.parent, ("wire", FIRST), ("wire", FIRST.replace("12", "19")))
    ran = replay_here(with_groups, told)
    assert ran.of("digest") == []
    _, corrected = ran.of("alert")
    assert corrected["corrects"] == ran.of("decision")[0]["entry"]
    assert ("12", "19") in {(change["was"], change["now"]) for change in corrected["changed"]}
    said = {quote["text"] for quote in corrected["new"]}
    assert {"The ship left Holm at dawn."} < said  # which nobody has heard yet
    assert not [text for text in said if "12" in text]


def test_nobody_else_takes_back_what_a_page_said_before_it_was_told(with_groups: Path) -> None:
    told = one_after_the_other(with_groups.parent, ("wire", FIRST), ("liar", FIRST.replace("12", "19")), page="wire")
    [digest] = replay_here(with_groups, told).of("digest")
    assert [item["outlets"][0] for item in digest["items"]] == ["wire", "liar"]
