"""YAML as it stands in the file: plain values, and for each of them the place where it was written.

In:  a file's bytes, the environment.
Out: a Document; every fault of form goes to Problems.
Not here: what the keys mean (schema.py), what the values point at (load.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

Key = tuple[str | int, ...]  # ("feeds", 1, "every")

MAX_DEPTH = 20  # the deepest key of the reference lies at 6
MAX_VALUES = 200_000  # after aliases are followed; a file of MAX_BYTES holds fewer without them
MAX_MERGES = 20_000  # two for each of 10,000 feeds

_TAG = "tag:yaml.org,2002:"
_KINDS = frozenset({"null", "bool", "int", "float", "str", "timestamp", "seq", "map"})
_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|\$\{")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the file; both numbers count from 1."""

    line: int = 1
    column: int = 1


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with one file, to be told all at once."""

    file: str
    _found: list[tuple[Mark, str]] = field(default_factory=list)
    _warnings: list[tuple[Mark, str]] = field(default_factory=list)
    _closed: set[Key] = field(default_factory=set)

    def add(self, mark: Mark, key: Key, message: str) -> None:
        """Note a fault: the configuration cannot be used."""
        if key not in self._closed:
            self._found.append((mark, self._line(mark, key, message)))

    def close(self, key: Key) -> None:
        """Hear no more faults of `key`: they would all follow from the one that is noted."""
        self._closed.add(key)

    def warn(self, mark: Mark, key: Key, message: str) -> None:
        """Note something that works and should be looked at."""
        self._warnings.append((mark, self._line(mark, key, message)))

    @property
    def lines(self) -> list[str]:
        """The faults as `FILE:LINE:COL: key.path: message`, in the file's order, none twice."""
        return list(dict.fromkeys(line for _, line in sorted(self._found)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings, in the same form and order."""
        return tuple(dict.fromkeys(line for _, line in sorted(self._warnings)))

    def place(self, mark: Mark, key: Key) -> str:
        """Return what a line about `key` begins with: `FILE:LINE:COL: key.path`."""
        place = f"{self.file}:{mark.line}:{mark.column}"
        return f"{place}: {'.'.join(map(str, key))}" if key else place

    def _line(self, mark: Mark, key: Key, message: str) -> str:
        return f"{self.place(mark, key)}: {message}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values with their places."""

    data: Any
    keys: Mapping[Key, Mark]
    values: Mapping[Key, Mark]

    def value_mark(self, key: Key) -> Mark:
        """Return where the value of `key` stands, else that of its nearest parent."""
        while key and key not in self.values:
            key = key[:-1]
        return self.values.get(key, Mark())

    def key_mark(self, key: Key) -> Mark:
        """Return where `key` itself stands; an element of a list has no key, but a place."""
        return self.keys.get(key) or self.value_mark(key)


def read_document(text: str, problems: Problems, *, environ: Mapping[str, str]) -> Document | None:
    """Return the document in `text`, or None where its form is so broken that nothing can be said of its keys."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        problems.add(Mark(), (), f"nested too deeply; {MAX_DEPTH} levels are the most")
        return None
    except YAMLError as error:
        problems.add(*_syntax_fault(error))
        return None
    if root is None:
        problems.add(Mark(), (), "the file is empty; `monitor init` writes one to start from")
        return None
    return _Walk(problems, environ).document(root)


def _syntax_fault(error: YAMLError) -> tuple[Mark, Key, str]:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark else Mark()
        said = " ".join(part for part in (error.context, error.problem) if part)
        return place, (), f"not valid YAML: {' '.join(said.split())}"
    if isinstance(error, ReaderError):
        return Mark(), (), "not a text file: it holds control characters"
    return Mark(), (), f"not valid YAML: {' '.join(str(error).split())[:200]}"


class _TooMuchError(Exception):
    """Aliases expand to more than a configuration can hold."""


class _Walk:
    """Goes through a node tree once, noting places; aliases are followed, within bounds."""

    def __init__(self, problems: Problems, environ: Mapping[str, str]) -> None:
        self.problems = problems
        self.environ = environ
        self.keys: dict[Key, Mark] = {}
        self.values: dict[Key, Mark] = {}
        self.merges = 0

    def document(self, root: Node) -> Document | None:
        """Return the document under `root`; None if it is too deep or too large."""
        try:
            data = self._value(root, ())
        except _TooMuchError as error:
            self.problems.add(_mark(root), (), str(error))
            return None
        return Document(data=data, keys=self.keys, values=self.values)

    def _value(self, node: Node, key: Key) -> Any:
        if len(key) > MAX_DEPTH:
            raise _TooMuchError(f"nested too deeply; {MAX_DEPTH} levels are the most")
        if len(self.values) >= MAX_VALUES:
            raise _TooMuchError(f"anchors and aliases expand to more than {MAX_VALUES:,} values")
        self.values[key] = _mark(node)
        kind = str(node.tag).removeprefix(_TAG)
        if kind not in _KINDS:
            self.problems.add(_mark(node), key, f"the tag {kind!r} has no meaning here")
            self.problems.close(key)
            return None
        match node:
            case MappingNode():
                return self._mapping(node, key)
            case SequenceNode():
                return [self._value(child, (*key, i)) for i, child in enumerate(node.value)]
            case _:
                return self._scalar(node, key)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        own: dict[str, Any] = {}
        for name_node, value_node in self._pairs(node, key, depth=0):
            name = str(name_node.value)
            at = (*key, name)
            if name in own:
                first = self.keys[at].line
                self.problems.add(_mark(name_node), at, f"this key stands twice; the first one is in line {first}")
                continue
            self.keys[at] = _mark(name_node)
            own[name] = self._value(value_node, at)
        return own

    def _pairs(self, node: MappingNode, key: Key, *, depth: int) -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the mapping's own pairs, then what `<<` brings that it does not say itself."""
        self.merges += depth > 0
        if depth > MAX_DEPTH or self.merges > MAX_MERGES:
            raise _TooMuchError(f"merge keys (<<) lead to more than {MAX_MERGES:,} mappings, or to themselves")
        merged: list[MappingNode] = []
        said = set()
        for name, value in node.value:
            if not isinstance(name, ScalarNode):
                self.problems.add(_mark(name), key, "a key must be a word")
            elif name.tag == f"{_TAG}merge":
                merged.extend(self._merge_sources(value, key))
            else:
                said.add(str(name.value))
                yield name, value
        for source in merged:
            for name, value in self._pairs(source, key, depth=depth + 1):
                if str(name.value) not in said:
                    said.add(str(name.value))
                    yield name, value

    def _merge_sources(self, node: Node, key: Key) -> list[MappingNode]:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        mappings = [source for source in sources if isinstance(source, MappingNode)]
        if len(mappings) != len(sources):
            self.problems.add(_mark(node), key, "<< takes a mapping, or a list of mappings")
        return mappings

    def _scalar(self, node: Node, key: Key) -> Any:
        text = str(node.value)
        match str(node.tag).removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text)
            case "float":
                return _float(text)
            case _:
                return self._expand(text, key)

    def _expand(self, text: str, key: Key) -> str:
        def fill(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            name, default = match["name"], match["default"]
            if name is None:
                return self._unfilled(key, "${ begins no variable; write ${NAME}, ${NAME:-default} or $${")
            value = self.environ.get(name)
            if value or (value is not None and default is None):
                return value
            if default is None:
                return self._unfilled(key, f"the environment has no {name}; set it, or write ${{{name}:-default}}")
            return str(default)

        return _VARIABLE.sub(fill, text) if "${" in text else text

    def _unfilled(self, key: Key, message: str) -> str:
        self.problems.add(self.values[key], key, message)
        self.problems.close(key)
        return ""


def _mark(node: Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _integer(text: str) -> int | str:
    try:
        return int(text.replace("_", ""), 0)
    except ValueError:  # 007, or more digits than Python reads
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _float(text: str) -> float | str:
    plain = text.lower().replace("_", "")
    try:
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
