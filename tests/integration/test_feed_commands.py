"""`monitor feed` through its front door, against real servers and real files."""

from pathlib import Path

import pytest
import structlog
from feed_desk import BARE, OPEN, Shell, Site, rss

from monitor.cli.main import main
from monitor.config.load import load_config

# --- add --------------------------------------------------------------------------------------------------------------


def test_a_feed_is_added_under_its_title(monitor: Shell, site: Site) -> None:
    site.feed("/f", rss("One", "Two"))
    ran = monitor("feed", "add", site.url("/f"))
    assert ran.code == 0, ran.err
    assert ran.out == (
        f"found {site.url('/f')} (the address itself): “The Wire”, 2 entries, the newest of 2026-05-02 10:00 UTC\n"
        f"added the-wire, {site.url('/f')}, to {monitor.file}\n"
    )
    assert monitor.text == OPEN.replace(
        "feeds: []  # none yet\n", f"feeds:  # none yet\n  - {{ name: the-wire, url: {site.url('/f')} }}\n"
    )
    assert site.asked == ["/f"]


def test_the_feed_behind_a_page_is_found(monitor: Shell, site: Site) -> None:
    links = [("rss", "/bad.xml", "Broken"), ("atom", "f.xml", ""), ("rss", "/more.xml", "More &amp; more")]
    declared = (f'<link rel=alternate type="application/{k}+xml" href="{h}" title="{t}">' for k, h, t in links)
    site.page("/", "".join(declared))
    site.page("/bad.xml", "<h1>no feed</h1>")
    site.feed("/f.xml", rss("One"))
    ran = monitor("feed", "add", site.url(), "--name", "site", "--outlet", "The Site", "--every", "5m", "--json")
    assert ran.code == 0, ran.err
    (line,) = ran.lines
    assert line["type"] == "added"
    assert (line["name"], line["url"], line["outlet"]) == ("site", site.url("/f.xml"), "The Site")
    assert (line["origin"], line["title"], line["entries"]) == ("declared", "The Wire", 1)
    assert line["others"] == [{"url": site.url("/more.xml"), "title": "More & more"}]
    assert [each["url"] for each in line["failed"]] == [site.url("/bad.xml")]
    assert (line["reloaded"], line["dry_run"]) == (False, False)
    assert f"{{ name: site, url: {site.url('/f.xml')}, outlet: The Site, every: 5m }}" in monitor.text


def test_a_feed_that_moved_for_good_is_written_down_where_it_is_now(monitor: Shell, site: Site) -> None:
    site.pages["/old"] = "/new"
    site.feed("/new", rss("One"))
    assert monitor("feed", "add", site.url("/old")).code == 0
    assert monitor.feeds == [("the-wire", site.url("/new"))]


def test_a_trial_shows_and_changes_nothing(monitor: Shell, site: Site) -> None:
    site.feed("/f", rss("One"))
    ran = monitor("feed", "add", site.url("/f"), "--dry-run")
    assert (ran.code, monitor.text) == (0, OPEN)
    assert f"would add the-wire, {site.url('/f')}, to {monitor.file}\n" in ran.out


def test_nobody_is_asked_where_the_user_is_sure(monitor: Shell, site: Site) -> None:
    ran = monitor("feed", "add", site.url("/f"), "--no-check", "--first-poll", "judge", "--allow-private")
    assert (ran.code, site.asked) == (0, [])
    assert f"{{ name: 127.0.0.1, url: {site.url('/f')}, first_poll: judge, allow_private: true }}" not in ran.out
    assert monitor.feeds == [("127.0.0.1", site.url("/f"))]
    assert load_config(monitor.file).feeds[0].first_poll == "judge"


def test_a_feed_that_is_there_already_is_refused(monitor: Shell, site: Site) -> None:
    site.feed("/f", rss("One"))
    site.page("/", '<link rel=alternate type="application/rss+xml" href="/f">')
    monitor("feed", "add", site.url("/f"), "--name", "wire")
    was = monitor.text
    for address in (site.url("/f"), site.url("/f#x"), site.url()):
        ran = monitor("feed", "add", address)
        assert (ran.code, ran.out, ran.err) == (1, "", "this feed is followed already, as 'wire'\n")
    ran = monitor("feed", "add", site.url("/g"), "--name", "wire")
    assert ran.code == 2
    assert "another feed is called 'wire' already" in ran.err
    assert monitor.text == was


def test_names_stay_apart(monitor: Shell, site: Site) -> None:
    site.feed("/a", rss("One", name="News &amp; \x85 Views: ${HOME}"))
    site.feed("/b", rss("One", name="News | Views: home"))
    site.feed("/c", rss("One", name="Новости дня"))
    site.feed("/d", rss("One", name=""))
    for path in "abcd":
        assert monitor("feed", "add", site.url(f"/{path}")).code == 0
    assert [name for name, _ in monitor.feeds] == [
        "news-views-home", "news-views-home 127.0.0.1", "новости-дня", "127.0.0.1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["{}/nothing"], 1, "answered 404"),
        (["http://127.0.0.1:9/x", "--every", "often"], 2, "--every: 'often' is no duration"),
        (["ftp://site.test/f"], 2, "feeds come by http or https"),
        ([], 2, "give either"),
        (["{}/f", "--folder", "."], 2, "give either"),
        (["--folder", "nowhere"], 2, "there is no folder"),
        (["{}/f", "--first-poll", "both"], 2, "--first-poll"),
        (["{}/text"], 1, "is neither"),
    ],
)
def test_what_cannot_be_added_is_named(monitor: Shell, site: Site, words: list[str], code: int, said: str) -> None:
    site.feed("/text", b"<hello><title>world</title></hello>", "text/xml")
    ran = monitor("feed", "add", *(word.format(site.url().rstrip("/")) for word in words))
    assert (ran.code, ran.out, monitor.text) == (code, "", OPEN)
    assert said in ran.err
    assert len(site.asked) <= 1  # only behind a page is anything looked for


def test_private_addresses_are_refused_unless_they_are_meant(monitor: Shell, site: Site) -> None:
    monitor.file.write_text(BARE)
    site.feed("/f", rss("One"))
    ran = monitor("feed", "add", site.url("/f"))
    assert (ran.code, site.asked) == (1, [])
    assert "allow_private" in ran.err
    assert monitor("feed", "add", site.url("/f"), "--allow-private").code == 0
    assert "allow_private: true }" in monitor.text


def test_a_folder_is_added_as_seen_from_the_file(
    monitor: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in" / "box").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "in")
    assert monitor("feed", "add", "--folder", "box").code == 0
    assert "- { name: box, folder: in/box }" in monitor.text
    assert load_config(monitor.file).feeds[0].folder == str(tmp_path / "in" / "box")


def test_a_file_with_problems_ends_with_78(monitor: Shell, site: Site) -> None:
    monitor.file.write_text(OPEN + "stat: x\n")
    for words in (["add", site.url("/f")], ["rm", "x"], ["list"], ["import", "x.opml"]):
        ran = monitor("feed", *words)
        assert (ran.code, ran.out) == (78, "")
        assert "monitor.yaml:5:1: stat: unknown key. Did you mean 'state'?" in ran.err
    assert site.asked == []


def test_what_strangers_say_does_nothing_to_a_terminal(monitor: Shell, site: Site) -> None:
    nasty = "A\u202eB &#x1b;]0;x&#7; @everyone"
    site.feed("/f", rss(nasty, name=nasty))
    site.page("/", f'<link rel=alternate type="application/rss+xml" href="/f"><a href="/rss" title=x>RSS {nasty}</a>')
    for words in (["test", site.url("/f")], ["test", site.url()], ["add", site.url()]):
        ran = monitor("feed", *words)
        assert ran.code == 0, ran.err
        assert not set("\x1b\x07\u202e") & set(ran.out)
        assert "@everyone" not in ran.out


# --- test -------------------------------------------------------------------------------------------------------------


def test_a_feed_is_asked_for_once_and_nothing_is_kept(monitor: Shell, site: Site) -> None:
    site.feed("/f", rss(*"ABCDEFG", ttl="<ttl>30</ttl><skipHours><hour>3</hour></skipHours>"))
    monitor("feed", "add", site.url("/f"), "--name", "wire", "--no-check")
    ran = monitor("feed", "test", "wire", "--json")
    assert ran.code == 0, ran.err
    (line,) = ran.lines
    assert (line["type"], line["ok"], line["error"]) == ("test", True, None)
    assert (line["url"], line["final_url"], line["moved_to"]) == (site.url("/f"), site.url("/f"), None)
    assert (line["status"], line["content_type"], line["bytes"]) == (
        200,
        "application/rss+xml",
        len(site.pages["/f"][0]),
    )  # type: ignore[index]
    assert (line["title"], line["entries"], line["newest"]) == ("The Wire", 7, "2026-05-07T10:00:00+00:00")
    assert line["titles"] == list("ABCDE")
    assert (line["etag"], line["fresh_for_s"]) == ('"x"', 600.0)
    assert (line["hints"]["ttl_s"], line["hints"]["skip_hours"]) == (1800, [3])
    assert "if-none-match" not in site.headers[0]
    assert not (monitor.folder / "state").exists()
    text = monitor("feed", "test", "wire").out
    for words in (
        "200 in ",
        "7 entries, the newest of 2026-05-07",
        'ETag "x"',
        "for 10 min",
        "30 min (ttl)",
        "sleeps at 3 h",
    ):
        assert words in text


def test_a_feed_can_be_tested_without_a_configuration(
    tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)
    site.feed("/f", rss("One"))
    assert main(["feed", "test", site.url("/f"), "--allow-private"]) == 0
    assert "The Wire" in capsys.readouterr().out
    assert main(["feed", "test", site.url("/f")]) == 1
    assert "allow_private" in capsys.readouterr().err
    structlog.reset_defaults()


def test_a_test_that_fails_says_why(monitor: Shell, site: Site) -> None:
    ran = monitor("feed", "test", site.url("/gone"), "--json")
    (line,) = ran.lines
    assert (ran.code, line["ok"], line["status"]) == (1, False, 404)
    assert line["error"] + "\n" == ran.err
    assert monitor("feed", "test", "nothing").code == 2


def test_a_page_shows_the_feed_behind_it(monitor: Shell, site: Site) -> None:
    site.page("/", '<link rel=alternate type="application/rss+xml" href="/f">')
    site.feed("/f", rss("One"))
    ran = monitor("feed", "test", site.url(), "--json")
    assert ran.code == 0, ran.err
    search, trial = ran.lines
    assert (search["type"], search["url"], search["found"]) == ("discovery", site.url(), site.url("/f"))
    assert (trial["type"], trial["ok"], trial["url"]) == ("test", True, site.url("/f"))
    monitor("feed", "add", site.url(), "--name", "page", "--no-check")
    ran = monitor("feed", "test", "page")  # a poll of it would fail
    assert ran.code == 1
    assert site.url("/f") in ran.out
    assert "is a web page" in ran.err


def test_a_folder_is_tested_too(monitor: Shell, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.txt").write_text("A title\nand a text\n")
    monitor("feed", "add", "--folder", str(tmp_path / "inbox"))
    ran = monitor("feed", "test", "inbox")
    assert ran.code == 0
    assert "A title" in ran.out


# --- rm, import, export -----------------------------------------------------------------------------------------------


def test_a_feed_is_removed_and_comes_back_the_same(monitor: Shell, site: Site) -> None:
    monitor("feed", "add", site.url("/a"), "--no-check", "--name", "a")
    was = monitor.text
    monitor("feed", "add", site.url("/b"), "--no-check", "--name", "b")
    assert monitor("feed", "rm", "b", "--dry-run").out == f"would remove b from {monitor.file}\n"
    ran = monitor("feed", "rm", "b", "--json")
    assert ran.lines == [
        {"type": "removed", "name": "b", "file": str(monitor.file), "reloaded": False, "dry_run": False}
    ]
    assert monitor.text == was
    assert monitor("feed", "rm", "a").code == 0
    assert monitor.text == OPEN
    ran = monitor("feed", "rm", "a")
    assert (ran.code, ran.out) == (2, "")


def test_a_feed_of_an_opml_file_is_removed_there(monitor: Shell) -> None:
    (monitor.folder / "my.opml").write_text('<opml><body><outline text="B" xmlUrl="https://b.test/"/></body></opml>')
    monitor.file.write_text(OPEN.replace("[]", "[{ opml: my.opml }, { name: x, url: 'https://c.test/' }]"))
    ran = monitor("feed", "rm", "b")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"feed 'b' comes from {monitor.folder}/my.opml; take it out of that file\n"
    (monitor.folder / "my.opml").write_text('<opml><body><outline text="C" xmlUrl="https://c.test/"/></body></opml>')
    ran = monitor("-q", "feed", "rm", "x")
    assert ran.code == 0
    assert ran.err == "an OPML file lists the same address: it is still followed, as c\n"


def test_what_is_exported_can_be_imported(monitor: Shell, tmp_path: Path) -> None:
    monitor.file.write_text(
        OPEN.replace(
            "feeds: []  # none yet\n",
            "feeds:\n- { name: 'A & <B>', url: 'https://a.test/?x=1&y=\"2\"', outlet: 'Ä, Inc' }\n- { folder: '.' }\n"
            "- { name: c, url: 'https://user:s3cret@c.test/f' }\n",
        )
    )
    ran = monitor("feed", "export", str(tmp_path / "out.opml"))
    assert ran.code == 0
    assert ran.out == f"wrote 2 feeds to {tmp_path}/out.opml\n"
    assert ran.err == "c is exported without the user and password in its address\n"
    assert monitor("feed", "export").out == (tmp_path / "out.opml").read_text()
    assert "s3cret" not in (tmp_path / "out.opml").read_text()
    listed = monitor("feed", "export", "--json").lines
    assert [(each["type"], each["name"], each["outlet"]) for each in listed] == [
        ("feed", "A & <B>", "Ä, Inc"), ("feed", "c", None),
    ]  # fmt: skip

    monitor.file.write_text(OPEN)
    ran = monitor("feed", "import", str(tmp_path / "out.opml"), "--json")
    assert ran.code == 0, ran.err
    assert [line["type"] for line in ran.lines] == ["added", "added", "summary"]
    assert monitor.feeds == [("A & <B>", 'https://a.test/?x=1&y="2"'), ("c", "https://c.test/f")]
    assert load_config(monitor.file).feeds[0].outlet == "Ä, Inc"
    was = monitor.text
    ran = monitor("feed", "import", str(tmp_path / "out.opml"))
    assert (ran.code, monitor.text) == (0, was)
    assert ran.out == f"added 0 feeds to {monitor.file}, skipped 2\n"
    assert "'c' is skipped: it is followed already, as 'c'" in ran.err


def test_an_import_skips_what_is_there_and_what_is_none(monitor: Shell, tmp_path: Path) -> None:
    monitor("feed", "add", "https://a.test/f", "--no-check", "--name", "Mine")
    (tmp_path / "x.opml").write_text(
        '<opml><body><outline text="A" xmlUrl="https://A.test/f#x"/><outline text="Mine" xmlUrl="https://b.test/"/>'
        '<outline text="F" xmlUrl="ftp://c.test/"/><outline text="D" xmlUrl="http://[d"/></body></opml>'
    )
    ran = monitor("feed", "import", str(tmp_path / "x.opml"))
    assert ran.code == 0, ran.err
    assert monitor.feeds == [("Mine", "https://a.test/f"), ("mine", "https://b.test/")]
    assert len(ran.err.splitlines()) == 3
    for wrong in ("none.opml", "monitor.yaml"):
        ran = monitor("feed", "import", str(tmp_path / wrong))
        assert (ran.code, ran.out) == (1, "")


def test_an_export_overwrites_by_force_only(monitor: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.opml").write_text("mine")
    ran = monitor("feed", "export", str(tmp_path / "mine.opml"))
    assert ran.code == 1
    assert "--force" in ran.err
    assert (tmp_path / "mine.opml").read_text() == "mine"
    assert monitor("feed", "export", str(tmp_path / "mine.opml"), "--force", "-q").out == ""
    assert "<opml" in (tmp_path / "mine.opml").read_text()


# --- list, show -------------------------------------------------------------------------------------------------------


def test_feeds_are_listed_before_and_after_the_first_poll(monitor: Shell, site: Site) -> None:
    site.feed("/f", rss("One", "Two"))
    monitor("feed", "add", site.url("/f"), "--name", "wire")
    monitor("feed", "add", site.url("/gone"), "--name", "lost", "--no-check")
    assert [line["state"] for line in monitor("feed", "list", "--json").lines] == ["new", "new"]
    assert "never" in monitor("feed", "list").out
    monitor("once")
    wire, lost = monitor("feed", "list", "--json").lines
    assert (wire["name"], wire["state"], wire["polls"], wire["error"]) == ("wire", "ok", 1, None)
    assert (lost["name"], lost["state"], lost["failures"]) == ("lost", "failing", 1)
    assert "answered 404" in lost["error"]
    assert wire["polled_at"] < wire["next_at"]
    text = monitor("feed", "list").out
    assert " ".join(text.splitlines()[0].split()) == "feed state last poll next poll on time what is wrong"
    assert "failing" in text
    monitor("feed", "rm", "lost")
    assert [line["name"] for line in monitor("feed", "list", "--json").lines] == ["wire"]


def test_everything_known_of_a_feed_is_shown(monitor: Shell, site: Site) -> None:
    site.feed("/f?key=s3cret", rss("One", "Two \x1b[31m", ttl="<ttl>30</ttl>"))
    monitor("feed", "add", site.url("/f?key=s3cret"), "--name", "wire", "--outlet", "Wire & Co")
    assert monitor("feed", "show", "wire").out.splitlines()[-1].split() == ["polled", "not", "yet"]
    monitor("once")
    (line,) = monitor("feed", "show", "wire", "--json").lines
    assert (line["type"], line["name"], line["state"], line["every_s"]) == ("feed", "wire", "ok", 900.0)
    assert (line["url"], line["polled_url"]) == (site.url("/f?…"), site.url("/f?…"))
    assert (line["etag"], line["rung"], line["entries"]) == ('"x"', "full", 2)
    assert line["hints"]["ttl_s"] == 1800
    assert len(line["newest"]) == 2
    assert (line["gaps"], line["quarantined"], line["events"], line["moving_to"]) == (0, [], [], None)
    assert line["next_why"]
    text = monitor("feed", "show", "wire").out
    for words in ("Wire & Co", "15 min", "(full)", "ETag", "30 min (ttl)", "entry", "Two", "fresh until"):
        assert words in text
    assert "s3cret" not in text
    assert "\x1b" not in text
    ran = monitor("feed", "show", "nix")
    assert (ran.code, ran.out) == (2, "")


def test_trouble_is_shown(monitor: Shell, site: Site) -> None:
    site.pages["/f"] = 410
    monitor("feed", "add", site.url("/f"), "--name", "wire", "--no-check")
    for _ in range(3):
        monitor("once", "--now")
    (line,) = monitor("feed", "show", "wire", "--json").lines
    assert (line["state"], line["failures"]) == ("gone", 3)
    assert [event["kind"] for event in line["events"]] == ["down"]
    text = monitor("feed", "show", "wire").out
    for words in ("3 in a row since", "answers 410", "answered 410", "happened"):
        assert words in text
