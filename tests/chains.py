"""Invented stories of three or four reports, every sentence labelled by hand, written before they were judged.

A file of `tests/chains`: its language, its query, then reports ("## id date outlet"). A line of a report is a sentence,
its title first: a letter, the text, and behind "||" which sentences of earlier reports say the same ("a1": the second
of report a), and the value it changes ("41>164"). Letters: n a new development, c new background, u an update, k known
(every fact was told before), x a leftover of the page. Nothing in them is a record of anything.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("chains")
NEWS: Final = "ncu"
DEVELOPMENTS: Final = "nu"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence as it was labelled."""

    label: str
    text: str
    proof: tuple[str, ...]  # sentences of earlier reports
    change: tuple[str, ...]  # what it was, what it is now


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a chain."""

    day: str
    outlet: str
    sentences: tuple[Said, ...]

    def as_file(self, language: str) -> str:
        """Return it as a text with front matter."""
        head = f"---\nlanguage: {language}\ndate: {self.day}\noutlet: {self.outlet}\n---\n"
        title, *body = (each.text for each in self.sentences)
        return f"{head}{title}\n\n" + "\n".join(body) + "\n"


@dataclass(frozen=True, slots=True)
class Chain:
    """One story as it was told, report by report; the first says what is known before the second."""

    name: str
    language: str
    query: str
    reports: tuple[Report, ...]


def chains() -> tuple[Chain, ...]:
    """Return all chains, by name."""
    return tuple(_chain(path) for path in sorted(FOLDER.glob("*.txt")))


def _chain(path: Path) -> Chain:
    head, *parts = path.read_text("utf-8").split("\n## ")
    given = dict(line.split(" ", 1) for line in head.splitlines())
    told: dict[str, str] = {}
    reports = []
    for part in parts:
        first, *lines = part.splitlines()
        name, day, outlet = first.split(" ", 2)
        said = tuple(_said(line, told) for line in lines)
        told.update({f"{name}{at}": each.text for at, each in enumerate(said)})
        reports.append(Report(day, outlet, said))
    return Chain(path.stem, given["lang"], given["match"], tuple(reports))


def _said(line: str, told: dict[str, str]) -> Said:
    text, *rest = (part.strip() for part in line[2:].split("||"))
    proof = tuple(told[each] for each in (rest[0].split() if rest else ()))
    return Said(line[0], text, proof, tuple(rest[1].split(">")) if len(rest) > 1 else ())
