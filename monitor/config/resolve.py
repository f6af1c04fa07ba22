"""What the values refer to: names, files, folders, queries, secrets.

In:  sections as the file gives them, the folder the file lies in, the environment.
Out: the program's nouns; what refers to nothing goes to Problems.
Not here: the shape of a section (schema.py), feeds (feeds.py).
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.analysis.query import parse, spelled
from monitor.config.document import Document, Key, Problems
from monitor.config.schema import ChannelIn, EmbedderIn, EndpointIn, TermIn, WatchIn
from monitor.config.secrets import SecretError, read_secret
from monitor.config.sections import did_you_mean, validate
from monitor.config.urls import split_url, webhook_fault
from monitor.errors import QueryError
from monitor.model.delivery import Channel, ChannelKind
from monitor.model.embedding import Scale
from monitor.model.endpoint import EmbedderEndpoint, Endpoint
from monitor.model.judgement import Severity
from monitor.model.watch import Company, Confirm, Term, Watch

PLAIN_EMBEDDERS = ("auto", "none")
TEXT_SUFFIXES = frozenset({".txt", ".md", ".html", ".jsonl"})  # what a baseline may hold (CONTRACT.md)
FEED_SUFFIXES = (".atom", ".xml", ".json")

_TERM_NAME = re.compile(r"\w[\w-]{0,63}")
_LUCENE_SPECIAL = re.compile(r'([+\-!(){}\[\]^"~?:\\/&|])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every resolver needs: where the file lies, where faults go, what holds by default."""

    document: Document
    problems: Problems
    folder: Path  # the configuration file's own
    environ: Mapping[str, str]
    every: timedelta
    allow_private: bool
    fault_of: Callable[[Channel], str | None]  # what is wrong with a channel that only its service's library knows

    def at(self, path: str) -> Path:
        """Return a path of the file as an absolute one."""
        return Path(os.path.normpath(self.folder / path))

    def fault(self, key: Key, message: str) -> None:
        """Note that the value of `key` cannot be used."""
        self.problems.add(self.document.value_mark(key), key, message)

    def warn(self, key: Key, message: str) -> None:
        """Note that the value of `key` deserves a look."""
        self.problems.warn(self.document.value_mark(key), key, message)


def terms(work: Work, section: Mapping[str, Any]) -> dict[str, Term | None]:
    """Return the terms by name; None stands for one that is named but faulty, so that queries may still name it."""
    found: dict[str, Term | None] = {}
    for name, value in section.items():
        key: Key = ("terms", name)
        if not _TERM_NAME.fullmatch(name):
            work.problems.add(work.document.key_mark(key), key, "cannot be a name; use letters, digits, '_' and '-'")
        read = validate(TermIn, value, key, work.document, work.problems)
        found[name] = _term(name, read) if read and _are_spellings(work, key, read) else None
    return found


def _term(name: str, read: TermIn) -> Term:
    company = Company(any=read.company.any, within=read.company.within) if read.company else None
    return Term(name=name, any=read.any, never=read.never, case=read.case, company=company, closeness=read.closeness)


def _are_spellings(work: Work, key: Key, read: TermIn) -> bool:
    """Whether a query can hold all spellings of a term; each that it cannot is a fault at its own place."""
    lists = {("any",): read.any, ("never",): read.never, ("company", "any"): read.company.any if read.company else ()}
    faults = 0
    for name, spellings in lists.items():
        for number, spelling in enumerate(spellings):
            try:
                spelled(spelling)
            except QueryError as error:
                work.fault((*key, *name, number), error.message)
                faults += 1
    return not faults


def watches(
    work: Work, section: list[Any], terms: Mapping[str, Term | None], embedders: frozenset[str] = frozenset()
) -> tuple[Watch, ...]:
    """Return the watches in the file's order; those with a fault are left out, and the fault noted.

    embedders: names that a watch may call its embedder by, beside `auto` and `none`.
    """
    names = _Names(work, "watch")
    found = []
    for i, value in enumerate(section):
        key: Key = ("watches", i)
        read = validate(WatchIn, value, key, work.document, work.problems)
        if read is None:
            continue
        names.add((*key, "name"), value.get("name"))
        query = read.match if isinstance(read.match, str) else words_query(read.match)
        _check_query(work, (*key, "match"), query, terms)
        _check_embedder(work, (*key, "novelty"), value.get("novelty"), embedders)
        found.append(
            Watch(
                name=read.name,
                query=query,
                baseline=tuple(_baseline(work, (*key, "baseline", n), path) for n, path in enumerate(read.baseline)),
                novelty_min=read.novelty.min,
                embedder=read.novelty.embedder,
                confirm=_confirm(read),
                severity=_severity(work, (*key, "severity"), read, terms),
            )
        )
    return tuple(found)


def _confirm(read: WatchIn) -> Confirm | None:
    asked = read.confirm
    return Confirm(outlets=asked.outlets, wait=asked.wait, if_single=asked.if_single) if asked else None


def _severity(
    work: Work, key: Key, read: WatchIn, terms: Mapping[str, Term | None]
) -> tuple[tuple[Severity, str], ...]:
    found = []
    for level in (Severity.CRITICAL, Severity.HIGH, Severity.LOW):
        rule = getattr(read.severity, level)
        if rule is None:
            continue
        query = rule if isinstance(rule, str) else words_query(rule)
        _check_query(work, (*key, str(level)), query, terms)
        found.append((level, query))
    return tuple(found)


def channels(work: Work, section: list[Any]) -> tuple[tuple[Channel, ...], tuple[str, ...], frozenset[str]]:
    """Return the usable channels, where the address of each is written, and the names of all.

    The names are those of faulty channels too, so that a route to one is no second fault.
    """
    names = _Names(work, "channel")
    found, places = [], []
    for i, value in enumerate(section):
        key: Key = ("channels", i)
        read = validate(ChannelIn, value, key, work.document, work.problems)
        if read is None:
            continue
        names.add((*key, "name"), value.get("name"))
        url = _channel_url(work, key, read)
        if url:
            channel = Channel(
                name=read.name,
                url=url,
                kind=read.kind,
                hmac_key=_hmac_key(work, key, read),
                gap=read.rate,
                on_unknown=read.on_unknown,
                allow_private=read.allow_private,
            )
            at = (*key, "url" if read.url is not None else "url_file")
            if said := work.fault_of(channel):
                work.fault(at, said)
            found.append(channel)
            places.append(work.problems.place(work.document.value_mark(at), at))
    return tuple(found), tuple(places), names.all


def writer(work: Work, section: Mapping[str, Any]) -> Endpoint | None:
    """Return the optional writer; None where it is faulty."""
    read = validate(EndpointIn, section, ("writer",), work.document, work.problems)
    return _endpoint(work, ("writer",), read) if read else None


def embedders(work: Work, section: list[Any]) -> tuple[tuple[EmbedderEndpoint, ...], frozenset[str]]:
    """Return the usable embedders, and the names of all."""
    names = _Names(work, "embedder")
    found = []
    for i, value in enumerate(section):
        key: Key = ("embedders", i)
        read = validate(EmbedderIn, value, key, work.document, work.problems)
        if read is None:
            continue
        names.add((*key, "name"), value.get("name"))
        if read.name in PLAIN_EMBEDDERS:
            work.fault((*key, "name"), f"{read.name!r} means something else already; choose another name")
        scale = Scale.of(read.same_language, read.cross_language)
        found.append(EmbedderEndpoint(name=read.name, endpoint=_endpoint(work, key, read), scale=scale))
    return tuple(found), names.all


def _endpoint(work: Work, key: Key, read: EndpointIn) -> Endpoint:
    secret = _secret(work, (*key, "key_file"), read.key_file) if read.key_file is not None else None
    if secret and not secret.isascii():
        work.fault((*key, "key_file"), "the file holds other letters than a key can have")
    if secret and not read.url.lower().startswith("https:"):
        work.warn((*key, "url"), "the key is sent for everybody on the way to read; https keeps it secret")
    return Endpoint(url=read.url, model=read.model, key=secret or "", allow_private=read.allow_private)


def words_query(words: Iterable[str]) -> str:
    """Return the query that means any of the words: phrases in quotes, a word with a trailing star without.

    Every other character that has a meaning in a query is escaped: the words are the reader's, not Lucene's.
    """
    return " OR ".join(_word_query(word.strip()) for word in words)


def _word_query(word: str) -> str:
    if word.endswith("*") and not any(character.isspace() for character in word):
        return _LUCENE_SPECIAL.sub(r"\\\1", word[:-1]) + "*"
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Names:
    """Names that may stand once only."""

    def __init__(self, work: Work, noun: str) -> None:
        self._work = work
        self._noun = noun
        self._first: dict[str, int] = {}

    @property
    def all(self) -> frozenset[str]:
        """Every name that stands, faulty or not."""
        return frozenset(self._first)

    def add(self, key: Key, name: object) -> None:
        """Note a name as the file gives it; a second one is a fault, one that is no text has been told already."""
        if not isinstance(name, str):
            return
        line = self._work.document.value_mark(key).line
        if name in self._first:
            self._work.fault(key, f"another {self._noun} is called {name[:80]!r} already, in line {self._first[name]}")
        self._first.setdefault(name, line)


def _check_query(work: Work, key: Key, query: str, terms: Mapping[str, Term | None]) -> None:
    stand_ins = {name: term or Term(name=name, any=(name,)) for name, term in terms.items()}
    try:
        parse(query, terms=stand_ins)
    except QueryError as error:
        work.fault(key, f"column {error.column} of the query: {error.message}")


def _check_embedder(work: Work, key: Key, novelty: object, embedders: frozenset[str]) -> None:
    """Note a fault where a watch names an embedder that is none; whatever else is wrong with its `novelty`."""
    choices = list(dict.fromkeys([*PLAIN_EMBEDDERS, *sorted(embedders)]))
    name = novelty.get("embedder") if isinstance(novelty, dict) else None
    if isinstance(name, str) and name not in choices:
        work.fault((*key, "embedder"), f"{name!r:.60} is none of {', '.join(choices)}{did_you_mean(name, choices)}")


def _baseline(work: Work, key: Key, given: str) -> str:
    path = work.at(given)
    try:
        if not path.exists():
            work.fault(key, f"there is no file or folder {given!r}")
        elif not _has_texts(path):
            work.fault(key, f"nothing in {given!r} can be read as a text ({', '.join(sorted(TEXT_SUFFIXES))})")
    except OSError as error:
        work.fault(key, f"{given!r} cannot be read: {(error.strerror or 'unknown error').lower()}")
    return str(path)


def _has_texts(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in TEXT_SUFFIXES
    inside = (found.relative_to(path) for found in path.rglob("*") if found.suffix.lower() in TEXT_SUFFIXES)
    return any(not found.name.startswith("README") and not _is_hidden(found) for found in inside)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _channel_url(work: Work, key: Key, read: ChannelIn) -> str | None:
    if (read.url is None) == (read.url_file is None):
        work.fault(key, "a channel needs exactly one of url and url_file")
        return None
    at = (*key, "url" if read.url is not None else "url_file")
    url = read.url if read.url is not None else _secret(work, at, read.url_file or "")
    if url is None:
        return None
    if read.kind is ChannelKind.FEED:
        return _feed_path(work, at, url)
    fault = webhook_fault(url) if read.kind is ChannelKind.WEBHOOK else _apprise_fault(url)
    if fault:
        work.fault(at, fault)
        return None
    parts = split_url(url)
    if read.url is not None and parts is not None and parts.password:
        work.warn(at, "a password stands in this file; url_file keeps it out")
    return url


def _apprise_fault(url: str) -> str | None:
    parts = split_url(url)
    is_address = "://" in url and (parts is None or parts.scheme)
    return None if is_address else "not the address of a channel; it looks like mailto://… or https://…"


def _feed_path(work: Work, at: Key, given: str) -> str | None:
    """Return where a feed file stands, absolute; its folder must be there, for who else serves it must know it."""
    path = work.at(given)
    if "://" in given or path.suffix.lower() not in FEED_SUFFIXES:
        work.fault(at, f"the path of a feed file ends in one of {', '.join(FEED_SUFFIXES)}")
    elif not path.parent.is_dir():
        work.fault(at, f"there is no folder {path.parent.name!r} for this file")
    else:
        return str(path)
    return None


def _hmac_key(work: Work, key: Key, read: ChannelIn) -> bytes | None:
    if read.hmac_file is None:
        return None
    at = (*key, "hmac_file")
    if read.kind is not ChannelKind.WEBHOOK:
        work.fault(at, "only channels of kind webhook are signed")
        return None
    secret = _secret(work, at, read.hmac_file)
    return secret.encode() if secret else None


def _secret(work: Work, key: Key, given: str) -> str | None:
    try:
        secret = read_secret(work.at(given), work.environ)
    except SecretError as error:
        work.fault(key, f"{given!r}: {error}")
        return None
    if secret.warning:
        work.warn(key, f"{given!r}: {secret.warning}")
    return secret.text
