"""The configuration as the rest of the program sees it.

In:  a file's path, the environment.
Out: a Config; or ConfigError with every problem at once.
Not here: the form of the file (document.py), its keys (schema.py), what its values refer to (resolve.py).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from monitor.config import resolve
from monitor.config.config import Config
from monitor.config.document import Document, Mark, Problems, read_document
from monitor.config.feeds import feeds
from monitor.config.routing import Names, policy
from monitor.config.schema import DefaultsIn, FetchIn, MetricsIn, RootIn, Section
from monitor.config.sections import validate
from monitor.errors import ConfigError, ParseError
from monitor.model.delivery import Channel
from monitor.sources.folders import read_plain

MAX_BYTES = 1024 * 1024  # 10,000 feeds fit; longer lists belong into OPML files

S = TypeVar("S", bound=Section)


FaultOf = Callable[[Channel], str | None]


def load_config(
    path: Path,
    *,
    state: str | None = None,
    environ: Mapping[str, str] | None = None,
    fault_of: FaultOf | None = None,
) -> Config:
    """Return the configuration that the file at `path` holds.

    state: the state folder, where the command line names one; relative to the working directory.
    environ: the environment to look variables and credentials up in; None means the process's own.
    fault_of: says what is wrong with a channel whose address has the right form. None: nobody asks; it costs a second.
    Raises ConfigError: with every problem as `FILE:LINE:COL: key.path: message`, FILE being `path` as given.
    """
    problems = Problems(file=str(path))
    environ = os.environ if environ is None else environ
    text = _read(path, problems)
    document = read_document(text, problems, environ=environ) if text is not None else None
    if document is not None and not isinstance(document.data, dict):
        problems.add(document.value_mark(()), (), "the file must hold keys and values: version, feeds, watches …")
        document = None
    config = _assemble(document, path, problems, environ, fault_of or _no_fault_of) if document is not None else None
    if problems.lines or config is None:
        raise ConfigError(problems.lines)
    return config if state is None else replace(config, state=Path(state).absolute())


def _no_fault_of(_: Channel) -> None:
    return None


def _read(path: Path, problems: Problems) -> str | None:
    try:
        if path.is_dir():
            problems.add(Mark(), (), "this is a folder; name the file in it")
            return None
        held = read_plain(path, MAX_BYTES + 1)
    except FileNotFoundError:
        problems.add(Mark(), (), "there is no such file; `monitor init` writes one to start from")
        return None
    except ParseError:
        problems.add(Mark(), (), "this is no plain file and was not opened; save the configuration in one")
        return None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        problems.add(Mark(), (), f"the file cannot be read: {said.lower()}")
        return None
    return _decode(held, problems)


def _decode(held: bytes, problems: Problems) -> str | None:
    if len(held) > MAX_BYTES:
        problems.add(Mark(), (), "the file is larger than 1 MiB; long lists of feeds belong into an OPML file")
        return None
    if b"\x00" in held:
        problems.add(Mark(), (), "not a text file")
        return None
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = held[: error.start].decode("utf-8-sig").split("\n")
        problems.add(Mark(len(before), len(before[-1]) + 1), (), "not UTF-8 text from here on; save the file as UTF-8")
        return None


def _assemble(
    document: Document, path: Path, problems: Problems, environ: Mapping[str, str], fault_of: FaultOf
) -> Config:
    """Check every section on its own, so that a fault in one hides none in another."""
    validate(RootIn, document.data, (), document, problems)
    defaults = _section(DefaultsIn, "defaults", document, problems)
    fetch = _section(FetchIn, "fetch", document, problems)
    metrics = _section(MetricsIn, "metrics", document, problems)
    work = resolve.Work(
        document=document,
        problems=problems,
        folder=path.absolute().parent,
        environ=environ,
        every=defaults.every,
        allow_private=fetch.allow_private,
        fault_of=fault_of,
    )
    terms = resolve.terms(work, _mapping(document, "terms"))
    channels, places, names = resolve.channels(work, _list(document, "channels"))
    embedders, embedder_names = resolve.embedders(work, _list(document, "embedders"))
    followed = feeds(work, _list(document, "feeds"))
    watches = resolve.watches(work, _list(document, "watches"), terms, embedder_names)
    writer = document.data.get("writer")
    state = document.data.get("state", RootIn.model_fields["state"].default)
    return Config(
        feeds=followed,
        watches=watches,
        terms=MappingProxyType({name: term for name, term in terms.items() if term is not None}),
        channels=channels,
        channel_places=places,
        policy=policy(
            work,
            _mapping(document, "route"),
            _list(document, "quiet"),
            _list(document, "digests"),
            Names(
                channels=names,
                watches=_names(document, "watches"),
                feeds=_names(document, "feeds").union(each.name for each in followed),
            ),
            ZoneInfo(defaults.timezone),
        ),
        state=work.at(str(state)),
        contact=defaults.contact or "",
        timezone=ZoneInfo(defaults.timezone),
        allow_private=fetch.allow_private,
        host_gap=fetch.host_gap,
        heeds_robots=fetch.robots,
        metrics=metrics.listen,
        writer=resolve.writer(work, writer) if isinstance(writer, dict) else None,
        embedders=embedders,
        path=path,
        warnings=problems.warnings,
    )


def _section(model: type[S], name: str, document: Document, problems: Problems) -> S:
    return validate(model, _mapping(document, name), (name,), document, problems) or model()


def _mapping(document: Document, name: str) -> dict[str, Any]:
    value = document.data.get(name)
    return value if isinstance(value, dict) else {}


def _names(document: Document, section: str) -> frozenset[str]:
    """Return the names in a list of sections, also those of faulty ones: what names one of them is no second fault."""
    named = (value.get("name") for value in _list(document, section) if isinstance(value, dict))
    return frozenset(name for name in named if isinstance(name, str))


def _list(document: Document, name: str) -> list[Any]:
    value = document.data.get(name)
    return value if isinstance(value, list) else []
