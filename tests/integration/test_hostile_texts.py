"""Texts that hide a name, and texts that only seem to hold one, through the whole program.

The shared samples say themselves what must happen; those below are of the same classes.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from programs import Ran, run_here

CONFIG = """version: 1
feeds: []
watches: [{ name: mali, match: [MINUSMA, Mali, Wagner], novelty: { embedder: none } }]
"""
SAID = "written with look-alike, hidden or splitting characters"
HIDDEN = (
    "ＭＩＮＵＳＭＡ", "ⓂⒾⓃⓊⓈⓂⒶ", "🄼🄸🄽🅄🅂🄼🄰", "🅼🅸🅽🆄🆂🅼🅰", "МІNUSМА", "ΜΙΝUSΜΑ", "MINՍSMA", "ᎷINUSMᎪ", "ꓟꓲꓠꓴꓢꓟꓮ",
    "M̷̢͓I̸͎N̴U̵S̶M̷A̷", "M\u0301\u0302\u0303\u0304INUSMA", "MINUS\u00adMA", "M\u2060INUSMA", "M\ufe0fINUSMA",
    "MINU\U000e0061SMA", "MI\u202eNU\u202cSMA", "MI\u200dNUSMA", "MINUSMA".replace("I", "Ⅰ"), "ᴍɪɴᴜsᴍᴀ", "ɱɨɲʉꞩɱⱥ",
    "🇲🇮🇳🇺🇸🇲🇦", "ℳINUSℳA", "mınusma",
    "ᴹᴵᴺᵁˢᴹᴬ", "𝔐𝔦𝔫𝔲𝔰𝔪𝔞", "𝕄𝕀ℕ𝕌𝕊𝕄𝔸", "Wаgnеr", "Ԝagner", "W\u034fagner", "Маӏі",
)  # fmt: skip
PLAIN = ("MINUSMA", "Minusma", "MİNUSMA", "Minúsma", "M.I.N.U.S.M.A.", "Mâli", "Ma\u0302li", "#Mali")
OTHERS = (
    "Malice",
    "Somalia",
    "WAßNER",
    "Маліна",
    "Сомали",
    "Mɛli",
    "M4LI",
    "M A L I",
    "\u202eilaM\u202c",
    "🇲🇱",
    "Wágnérian",
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def replayed(config: Path, rows: list[dict[str, str]]) -> Ran:
    file = config.parent / "texts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ran = run_here(config, "--json", "replay", file)
    assert ran.code == 0, ran.err
    return ran


def row(number: int, title: str) -> dict[str, str]:
    """An entry about something of its own, so that none is a copy of another."""
    words = " ".join(f"word{number}x{at}" for at in range(12))
    return {"title": f"{title} at {number}", "text": f"Report {number} tells of {words}."}


def alerts(ran: Ran) -> dict[str, dict[str, Any]]:
    return {alert["headline"].rpartition(" at ")[0]: alert for alert in ran.of("alert")}


def test_hidden_names_are_found_and_the_alert_says_that_they_were_hidden(config: Path) -> None:
    told = alerts(replayed(config, [row(number, title) for number, title in enumerate(HIDDEN)]))
    assert [title for title in HIDDEN if title not in told] == []
    assert [title for title, alert in told.items() if alert["disguised"] != alert["matched"]] == []


def test_plain_names_are_found_and_called_plain_and_other_words_are_not_found(config: Path) -> None:
    told = alerts(replayed(config, [row(number, title) for number, title in enumerate((*PLAIN, *OTHERS))]))
    assert sorted(told) == sorted(PLAIN)
    assert [title for title, alert in told.items() if alert["disguised"]] == []


def test_people_read_that_a_name_was_hidden(config: Path) -> None:
    (config.parent / "a.txt").write_text("MINU\u200bSMA leaves\n\nPeacekeepers told to go.\n", encoding="utf-8")
    shown = run_here(config, "replay", config.parent / "a.txt")
    assert f"({SAID})" in " ".join(shown.out.split())
    [decision] = run_here(config, "--json", "replay", config.parent / "a.txt").of("decision")
    assert decision["note"].endswith(f"“MINU\u200bSMA” is {SAID}")


def shared_samples(shared: Path) -> list[dict[str, Any]]:
    manifest = shared / "hostile" / "manifest.json"
    if not manifest.is_file():
        pytest.skip("the shared material holds no hostile/manifest.json")
    held = json.loads(manifest.read_text(encoding="utf-8"))
    samples = held if isinstance(held, list) else next(value for value in held.values() if isinstance(value, list))
    return [each for each in samples if each["class"] in ("evasion", "nonmatch") and each["stage"] == "text"]


def test_each_shared_sample_does_as_it_must(config: Path, shared: Path) -> None:
    wrong = []
    for sample in shared_samples(shared):
        held = json.loads((shared / "hostile" / sample["file"]).read_text(encoding="utf-8"))
        ran = replayed(config, [{"title": held["title"], "text": held["summary"]}])
        told = ran.of("alert")
        must = sample["must"]
        if must.startswith("matches"):
            is_right = len(told) == 1 and told[0]["disguised"] == told[0]["matched"] != []
        else:  # "either way", or no false alert: nothing here is a whole word but by its own letters
            is_right = len(told) <= sample["limits"]["alerts"] and not any(alert["disguised"] for alert in told)
        if not is_right:
            wrong.append((sample["id"], must, told))
    assert wrong == []
