"""The faces of real alerts: the five seeds in every format, and what `monitor preview` shows of them."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path
from shutil import copytree

import pytest
from digest_samples import channel_alert, night, updates
from hostile_words import HOSTILE
from programs import run_here
from sqlalchemy import insert

from monitor.alerting.formats import FACES
from monitor.alerting.render import as_chat, as_html, as_text
from monitor.cli.preview import MAILS, as_face, shown
from monitor.config.load import load_config
from monitor.model.judgement import Alert
from monitor.pipeline.replay import ReplayedClock, replay
from monitor.sources.folders import read_paths
from monitor.store.codec import dump_alert
from monitor.store.engine import Tx, open_store
from monitor.store.tables import AlertRow
from monitor.wiring import open_replay

LINE = "=" * 78
CONFIG = """version: 1
feeds: [{{ name: inbox, folder: {root}/seeds }}]
watches: [{{ name: mali, match: [MINUSMA, Mali, Wagner], novelty: {{ embedder: none }} }}]
"""


@cache
def seeds(root: Path) -> tuple[Alert, ...]:
    """Return the alerts of the five seeds."""

    async def alerts() -> tuple[Alert, ...]:
        clock = ReplayedClock()
        config = load_config(root / "tests/golden/demo.yaml")
        with chdir(root):  # ids come from paths as they are given
            listed = [file.entry for file in read_paths(["seeds/"]).entries]
        async with open_replay(config, baseline=(), watch=None, now=clock) as wiring:
            found = [each async for each in replay(wiring.desk, listed, clock)]
        judged = [decision for each in found if not isinstance(each, Alert) for decision in each.decisions]
        return tuple(decision.alert for decision in judged if decision.alert)

    return asyncio.run(alerts())


@pytest.mark.parametrize("face", ["email-text", *FACES])
def test_the_seeds_and_digests_in_every_face(root: Path, golden: Callable[[Path, str], None], face: str) -> None:
    told = [shown(as_face(each, face)) for each in (*seeds(root), night(), updates(), channel_alert())]
    assert len(told) == 8
    golden(root / f"tests/golden/faces/{face}.txt", f"\n{LINE}\n".join(told) + "\n")


def test_the_mails_of_the_seeds(root: Path, golden: Callable[[Path, str], None]) -> None:
    golden(root / "tests/golden/faces/email.html", "\n".join(map(as_html, seeds(root))))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Return the folder of a program that has told the seeds; to be copied, not changed."""
    path = tmp_path_factory.mktemp("desk") / "monitor.yaml"
    path.write_text(CONFIG.format(root=root), encoding="utf-8")
    assert run_here(path, "once", "--backfill").code == 0
    return path.parent


@pytest.fixture
def config(tmp_path: Path, desk: Path) -> Path:
    return copytree(desk, tmp_path, dirs_exist_ok=True) / "monitor.yaml"


def test_a_preview_is_what_a_channel_would_be_given(config: Path, tmp_path: Path) -> None:
    told = run_here(config, "--json", "alerts").lines[0]
    for face in (*MAILS, *FACES):
        ran = run_here(config, "preview", f"[#{told['id'][:6]}]", "--as", face)
        assert (ran.code, ran.err) == (0, "")
        assert told["id"][:4] in ran.out
    assert json.loads(run_here(config, "preview", told["id"], "--as", "json").out)["id"] == told["id"]
    [line] = run_here(config, "--json", "preview", told["id"], "--as", "slack").lines
    assert list(line) == ["type", "id", "as", "format", "title", "body"]
    assert (line["type"], line["format"]) == ("preview", "slack")
    [line] = run_here(config, "--json", "preview", told["id"], "--as", "email-html").lines
    assert (line["format"], line["body"][:15]) == ("html", "<!DOCTYPE html>")
    file = tmp_path / "mail.html"
    assert run_here(config, "preview", told["id"], "--as", "email-html", "-o", file).out == ""
    assert file.read_text(encoding="utf-8") == line["body"]


def test_an_entry_that_caused_one_alert_names_it(config: Path) -> None:
    told = run_here(config, "--json", "alerts").lines[0]
    assert told["headline"] in run_here(config, "preview", told["new"][0]["entry"]).out


def test_a_preview_of_nothing_says_so(config: Path) -> None:
    ran = run_here(config, "preview", "ffffffffffff")
    assert ran.code == 1
    assert ran.sentence.startswith("nothing is known of ffffffffffff")


def test_a_reference_that_means_several_names_them(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "monitor.yaml"
    plain = "match: Mali, novelty: { embedder: none }"
    watches = f"watches: [{{ name: a, {plain} }}, {{ name: b, {plain} }}]\n"
    path.write_text(CONFIG.format(root=root).partition("watches")[0] + watches, encoding="utf-8")
    assert run_here(path, "once", "--backfill").code == 0
    entry = run_here(path, "--json", "alerts").lines[0]["new"][0]["entry"]
    ran = run_here(path, "preview", entry)
    assert ran.code == 2
    assert "name one by its id" in ran.sentence


def test_title_and_body_of_a_chat_are_shown_together() -> None:
    message = as_chat(night())
    assert shown(message) == f"{message.title}\n{message.body}"
    assert shown(as_face(night(), "email-text")) == as_text(night()).body


LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[\w+ *\] [a-z_]+(?: |$)")


def test_nothing_acts_in_the_terminal_or_in_the_log(tmp_path: Path) -> None:
    """Hostile headlines as titles of entries: every one is told, on lines of its own, and none of them acts."""
    file = tmp_path / "texts.jsonl"
    rows = [
        {"title": text, "text": f"Report {n} of Mali, {'abcdefghij'[n % 10] * 9}{n}, is new."}
        for n, text in enumerate(HOSTILE)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "version: 1\nfeeds: []\nwatches: [{ name: mali, match: Mali, novelty: { embedder: none } }]\n",
        encoding="utf-8",
    )
    ran = run_here(path, "-v", "replay", file)
    assert ran.code == 0
    assert f"{len(HOSTILE)} articles" in ran.out
    for line in (*ran.out.split("\n"), *ran.err.split("\n")):
        assert not [char for char in line if unicodedata.category(char) in ("Cc", "Co", "Zl", "Zp")], ascii(line)
        assert "\u202e" not in line
    assert len(ran.err.splitlines()) > len(HOSTILE)
    for line in ran.err.splitlines():
        assert LOG_LINE.match(line), line


def test_a_digest_and_a_lost_message_can_be_looked_into(config: Path) -> None:
    def put(tx: Tx) -> None:
        for each in (night(), channel_alert()):
            values = {"id": each.id, "watch": "", "revision": 0, "payload": dump_alert(each), "created": each.created}
            tx.execute(insert(AlertRow).values(values))

    store = open_store(config.parent / "state")
    store.write_now(put)
    store.close()
    told = run_here(config, "why", night().id[:8])
    assert told.out.startswith("6 alerts of mali, sahel, sources: quiet hours “night” are over\n  1 CRITICAL, 1 HIGH")
    assert f"  all of it: monitor alerts --digest {night().id}\n" in told.out
    told = run_here(config, "why", channel_alert().id)
    assert told.out.startswith("Channel desk-mail lost: US regrets")
    assert "\n  why: the mail server answered 550 no such user\n" in told.out
    assert [line["type"] for line in run_here(config, "--json", "why", channel_alert().id).lines] == ["channel_alert"]
    assert run_here(config, "preview", night().id, "--as", "slack").out.startswith("*6 alerts of mali")
    listed = run_here(config, "alerts").out
    assert "digest\n  6 alerts of mali" in listed
    assert "channel desk-mail\n  Channel desk-mail lost" in listed
