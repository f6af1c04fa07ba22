"""What a good configuration becomes."""

import os
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config.config import Config, demo_config
from monitor.config.load import load_config
from monitor.config.template import template
from monitor.errors import ConfigError
from monitor.model.embedding import CROSS_LANGUAGE, Scale
from monitor.model.endpoint import Endpoint
from monitor.model.feed import FirstPoll
from monitor.model.routing import Policy
from monitor.model.watch import Confirm, IfSingle

FEED = "{ name: wire, url: https://example.org/feed.xml }"


def load(folder: Path, text: str, *, environ: dict[str, str] | None = None, state: str | None = None) -> Config:
    path = folder / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ=environ or {}, state=state)


def with_feeds(feeds: str, rest: str = "") -> str:
    return f"version: 1\nfeeds:\n  - {feeds}\nwatches:\n  - {{ name: mali, match: Mali }}\n{rest}"


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return caught.value.problems


def test_a_file_of_version_feeds_and_watches_is_enough(tmp_path: Path) -> None:
    config = load(tmp_path, with_feeds(FEED))
    assert [feed.name for feed in config.feeds] == ["wire"]
    assert config.watches[0].query == "Mali"
    assert (config.channels, config.policy, config.contact, config.warnings) == ((), Policy(), "", ())
    assert config.state == tmp_path / "state"
    assert config.timezone == ZoneInfo("UTC")


def test_defaults_hold_where_a_feed_says_nothing_else(tmp_path: Path) -> None:
    feeds = "{ name: a, url: https://example.org/a }\n  - { name: b, url: https://example.org/b, every: 1h30m }"
    config = load(tmp_path, with_feeds(feeds, "defaults: { every: 5m }\n"))
    assert [feed.every for feed in config.feeds] == [timedelta(minutes=5), timedelta(minutes=90)]


def test_words_of_yaml_1_1_stay_words(tmp_path: Path) -> None:
    """`no` is Norwegian and not false, `22:00` is a text and not 1320."""
    config = load(
        tmp_path, with_feeds('{ name: 22:00, url: https://example.org/a, languages: [no, fr], outlet: "on" }')
    )
    assert (config.feeds[0].name, config.feeds[0].languages, config.feeds[0].outlet) == ("22:00", ("no", "fr"), "on")


def test_anchors_and_merge_keys_save_typing(tmp_path: Path) -> None:
    feeds = "&a { name: a, url: https://example.org/a, every: 5m }\n  - { <<: *a, name: b, url: https://example.org/b }"
    config = load(tmp_path, with_feeds(feeds))
    assert [(feed.name, feed.every) for feed in config.feeds] == [
        ("a", timedelta(minutes=5)),
        ("b", timedelta(minutes=5)),
    ]


def test_a_list_of_words_becomes_a_query_for_any_of_them(tmp_path: Path) -> None:
    """Quotes, backslashes and Lucene's own words mean themselves; a star at the end of a word stays a star."""
    words = r"""[Mali, "UN mission", 'say "no"', 'a\b', OR, peacekeep*, anti-coup*]"""
    config = load(tmp_path, f"version: 1\nfeeds: []\nwatches: [{{ name: a, match: {words} }}]\n")
    expected = r'"Mali" OR "UN mission" OR "say \"no\"" OR "a\\b" OR "OR" OR peacekeep* OR anti\-coup*'
    assert config.watches[0].query == expected


def test_variables_are_filled_inside_texts_only(tmp_path: Path) -> None:
    rest = "state: ${WHERE:-./elsewhere}\ndefaults: { contact: '$${X} ${WHO}' }\n"
    config = load(tmp_path, with_feeds(FEED, rest), environ={"WHO": "[desk, 1]", "WHERE": ""})
    assert config.state == tmp_path / "elsewhere"
    assert config.contact == "${X} [desk, 1]"


def test_a_variable_can_be_a_duration_a_number_or_a_yes(tmp_path: Path) -> None:
    text = (
        "version: 1\nfeeds: [{ name: a, url: https://example.org/, every: '${E:-5m}', allow_private: '${P:-true}' }]\n"
        "watches: [{ name: w, match: x, novelty: { min: '${M:-0.4}' } }]\n"
    )
    config = load(tmp_path, text)
    assert (config.feeds[0].every, config.feeds[0].allow_private) == (timedelta(minutes=5), True)
    assert config.watches[0].novelty_min == pytest.approx(0.4)


def test_an_unset_variable_is_one_problem_at_its_place(tmp_path: Path) -> None:
    said = problems(tmp_path, with_feeds(FEED, "state: ${NOWHERE}\n"))
    assert said == [
        f"{tmp_path}/monitor.yaml:6:8: state: the environment has no NOWHERE; set it, or write ${{NOWHERE:-default}}"
    ]


def test_paths_are_relative_to_the_file_and_the_command_lines_state_to_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "etc"
    (folder / "inbox").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    config = load(folder, with_feeds("{ name: inbox, folder: inbox }"), state="here")
    assert config.feeds[0].folder == str(folder / "inbox")
    assert config.state == tmp_path / "here"


def test_a_feed_without_a_name_is_called_after_its_host_or_folder(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    config = load(tmp_path, with_feeds("{ url: https://news.example.org/feed.xml }\n  - { folder: inbox/ }"))
    assert [feed.name for feed in config.feeds] == ["news.example.org", "inbox"]


def test_a_feed_may_say_otherwise_than_fetch(tmp_path: Path) -> None:
    own = "{ name: b, url: http://10.0.0.2/, allow_private: false, first_poll: judge }"
    feeds = "{ name: a, url: http://10.0.0.1/ }\n  - " + own
    config = load(tmp_path, with_feeds(feeds, "fetch: { allow_private: true }\n"))
    assert [feed.allow_private for feed in config.feeds] == [True, False]
    assert config.feeds[1].first_poll is FirstPoll.JUDGE


def test_an_opml_file_brings_its_feeds_each_name_and_address_once(tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(
        '<opml version="2.0"><body>'
        '<outline text="Wire" xmlUrl="https://a.example.org/feed"/>'
        '<outline text="Wire" xmlUrl="https://b.example.org/feed"/>'
        '<outline text="Again" xmlUrl="https://example.org/feed.xml"/>'
        '<outline text="Old" xmlUrl="gopher://c.example.org/"/>'
        "</body></opml>"
    )
    config = load(tmp_path, with_feeds("{ opml: feeds.opml, every: 1h }\n  - " + FEED.replace("wire", "own")))
    assert [feed.url for feed in config.feeds] == [
        "https://a.example.org/feed",
        "https://b.example.org/feed",
        "https://example.org/feed.xml",
    ]
    assert len({feed.name for feed in config.feeds}) == 3
    assert config.feeds[0].every == timedelta(hours=1)
    assert any("its url stands twice" in warning for warning in config.warnings)


def test_a_group_wait_of_nothing_may_be_written_without_a_unit(tmp_path: Path) -> None:
    channel = "channels: [{ name: d, url: json://localhost }]\n"
    for nothing in ("0", "0s"):
        config = load(tmp_path, with_feeds(FEED, channel + f"route: {{ to: [d, d], group_wait: {nothing} }}\n"))
        assert config.policy.route.to == ("d",)


def test_a_channel_that_no_route_names_is_worth_a_warning(tmp_path: Path) -> None:
    config = load(tmp_path, with_feeds(FEED, "channels: [{ name: d, url: json://localhost }]\n"))
    assert ["no route names a channel" in warning for warning in config.warnings] == [True]


def test_every_fault_of_every_section_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "version: 2\nfeeds: [{ name: a, url: ftp://x/, evry: 5m }]\nterms: { t: { any: [] } }\n"
        "watches: [{ name: w, match: '(', novelty: { min: 2 }, baseline: [nowhere] }]\n"
        "channels: [{ name: c, url_file: nowhere, rate: 1 }]\nroute: { to: [d], quiet: 1 }\n"
    )
    keys = {line.split(": ")[1] for line in problems(tmp_path, text)}
    assert keys == {
        "version", "feeds.0.url", "feeds.0.evry", "terms.t.any", "watches.0.match", "watches.0.novelty.min",
        "watches.0.baseline.0", "channels.0.url_file", "channels.0.rate", "route.to.0", "route.quiet",
    }  # fmt: skip


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; `monitor init` writes one"):
        load_config(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="this is a folder"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    "held", ["feeds: [{ opml: pipe }]", "feeds: []\nchannels: [{ name: c, url_file: pipe }]"], ids=["opml", "secret"]
)
def test_a_pipe_is_never_waited_for(held: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="pipe:1:1: this is no plain file and was not opened"):
        load_config(tmp_path / "pipe")
    [problem] = problems(tmp_path, f"version: 1\nwatches: []\n{held}\n")
    assert "plain file and was not opened" in problem


def test_a_name_that_nothing_is_near_ends_without_a_full_stop(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, with_feeds(FEED, "route: { to: [zz] }\n"))
    assert problem.endswith("there is no channel 'zz'")


def test_a_file_over_a_mebibyte_is_not_read(tmp_path: Path) -> None:
    assert "larger than 1 MiB" in problems(tmp_path, "#" * (1024 * 1024 + 1))[0]


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + with_feeds(FEED)).feeds


def test_the_template_passes_as_it_stands_with_and_without_feeds(tmp_path: Path) -> None:
    assert len(load(tmp_path, template()).feeds) == 2
    odd = [('say "hi" ${HOME}: {x}', "https://example.org/a?b=${c}"), ("Мали", "https://example.org/2")]
    config = load(tmp_path, template(odd))
    assert [(feed.name, feed.url) for feed in config.feeds] == odd


def test_every_key_that_the_template_leaves_out_can_be_taken_in(tmp_path: Path) -> None:
    """Taking away the "# " before what looks like YAML makes a configuration that has them all."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("desk-url", "writer-key"):
        (secrets / name).write_text("json://example.org/\n", encoding="utf-8")
        (secrets / name).chmod(0o600)
    (tmp_path / "baseline" / "mali").mkdir(parents=True)
    (tmp_path / "baseline" / "mali" / "a.md").write_text("What is known.\n", encoding="utf-8")
    text = re.sub(r"^( *)# (?= *(?:[a-z_]+: ?[\[{\d]|[a-z]+:$|- \{))", r"\1", template(), flags=re.MULTILINE)
    config = load(tmp_path, text)
    [watch] = config.watches
    assert watch.confirm == Confirm()
    assert (watch.novelty_min, watch.embedder, len(watch.baseline)) == (0.8, "auto", 1)
    assert config.writer is not None
    assert [each.name for each in config.embedders] == ["house"]
    assert [each.name for each in config.channels] == ["desk"]
    assert [each.name for each in (*config.policy.quiets, *config.policy.schedules)] == ["night", "morning"]
    assert len(config.policy.route.routes) == 1


def test_the_example_passes_as_it_stands(root: Path) -> None:
    if not (root / "seeds").is_dir():
        pytest.skip("the seeds are absent")
    config = load_config(root / "config" / "monitor.yaml", environ={})
    assert (len(config.feeds), len(config.watches), config.warnings) == (4, 1, ())


def test_the_built_in_configuration_watches_mali_and_follows_nothing() -> None:
    config = demo_config()
    assert [watch.name for watch in config.watches] == ["mali"]
    assert config.feeds == ()


def test_hostile_configurations_are_refused_by_name(shared: Path) -> None:
    for path in sorted((shared / "hostile" / "config").glob("*.yaml")):
        with pytest.raises(ConfigError) as caught:
            load_config(path, environ={})
        assert all(problem.startswith(f"{path}:") for problem in caught.value.problems)
    assert "feeds: this key stands twice; the first one is in line 1" in str(caught.value)


@pytest.mark.parametrize(("written", "gap_s"), [("0s", 0), ("5s", 5), ("1m", 60), (None, 1)])
def test_the_gap_between_two_requests_to_a_host_is_the_operators_word(
    written: str | None, gap_s: int, tmp_path: Path
) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text("version: 1\nfeeds: []\nwatches: []\n" + (f"fetch: {{host_gap: {written}}}\n" if written else ""))
    assert load_config(path).host_gap == timedelta(seconds=gap_s)


@pytest.mark.parametrize("written", ["2m", "soon", "-1s", "1"])
def test_a_gap_that_is_none_is_named_with_its_place(written: str, tmp_path: Path) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text(f"version: 1\nfeeds: []\nwatches: []\nfetch: {{host_gap: {written}}}\n")
    with pytest.raises(ConfigError, match=r"monitor\.yaml:4:19: fetch\.host_gap: "):
        load_config(path)


def test_a_writer_and_embedders_are_endpoints_with_keys_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1\n", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    rest = (
        "writer: { url: https://api.example.org/v1, model: scribe, key_file: key }\n"
        "embedders:\n"
        "  - { name: house, url: https://localhost/v1, model: m, allow_private: true, same_language: [0.5, 0.9] }\n"
    )
    text = f"version: 1\nfeeds: [{FEED}]\nwatches: [{{ name: a, match: x, novelty: {{ embedder: house }} }}]\n{rest}"
    config = load(tmp_path, text)
    assert config.writer == Endpoint(url="https://api.example.org/v1", model="scribe", key="sk-1")
    assert "sk-1" not in repr(config)
    [house] = config.embedders
    assert (house.name, house.endpoint.allow_private, house.endpoint.key) == ("house", True, "")
    assert house.scale == Scale.of((0.5, 0.9), CROSS_LANGUAGE)
    assert config.watches[0].embedder == "house"
    assert config.warnings == ()


def test_nobody_writes_unless_told_to(tmp_path: Path) -> None:
    config = load(tmp_path, with_feeds(FEED))
    assert (config.writer, config.embedders) == (None, ())


def test_a_key_that_everybody_could_read_on_its_way_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    rest = "writer: { url: http://10.0.0.1/v1, model: m, key_file: key, allow_private: true }\n"
    [warning] = load(tmp_path, with_feeds(FEED, rest)).warnings
    assert "writer.url: the key is sent for everybody on the way to read" in warning


def test_a_key_of_strange_letters_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ключ", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    [problem] = problems(tmp_path, with_feeds(FEED, "writer: { url: https://a.example/v1, model: m, key_file: key }\n"))
    assert problem.endswith("writer.key_file: the file holds other letters than a key can have")


def test_a_watch_may_ask_for_confirmation(tmp_path: Path) -> None:
    watches = "version: 1\nfeeds: []\nwatches:\n"
    told = "  - { name: a, match: x, confirm: { outlets: 3, wait: 1h30m, if_single: drop } }\n"
    usual = "  - { name: b, match: x, confirm: {} }\n  - { name: c, match: x }\n"
    first, second, third = load(tmp_path, watches + told + usual).watches
    assert first.confirm == Confirm(outlets=3, wait=timedelta(minutes=90), if_single=IfSingle.DROP)
    assert second.confirm == Confirm(outlets=2, wait=timedelta(minutes=30), if_single=IfSingle.SEND_MARKED)
    assert third.confirm is None
