"""One section against its model: a fault becomes a sentence with a place.

In:  plain values with their places, a pydantic model.
Out: the model's instance, or None; every fault goes to Problems.
Not here: the models themselves (schema.py).
"""

import difflib
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from monitor.config.document import Document, Key, Problems
from monitor.config.schema import Section

T = TypeVar("T", bound=Section)

_SAY = {
    "missing": "this key is missing",
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "bool_type": "must be true or false",
    "too_short": "must hold at least one value",
}


def validate(model: type[T], value: object, key: Key, document: Document, problems: Problems) -> T | None:
    """Return `value` as `model`, after noting each of its faults under `key`.

    With faults, what comes back is what is left without the faulty keys: fit for further checks, and for nothing else.
    None where nothing is left.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = _real(error.errors(include_url=False, include_input=True))
    for fault in faults:
        at = (*key, *fault["loc"])
        names_key = fault["type"] in ("extra_forbidden", "not_built")
        problems.add(document.key_mark(at) if names_key else document.value_mark(at), at, _sentence(model, fault))
    return _what_is_left(model, value, {fault["loc"][0] for fault in faults if fault["loc"]})


def _real(faults: list[Any]) -> list[Any]:
    """Leave out that a list is too short where it is so only because its elements are faulty themselves."""
    deeper = {fault["loc"][:-1] for fault in faults}
    return [fault for fault in faults if not (fault["type"] == "too_short" and fault["loc"] in deeper)]


def _what_is_left(model: type[T], value: object, faulty: set[str | int]) -> T | None:
    if not isinstance(value, dict):
        return None
    try:
        return model.model_validate(model.STAND_INS | {key: inner for key, inner in value.items() if key not in faulty})
    except ValidationError:
        return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ". Did you mean 'every'?" for `evry`, and "" where nothing known is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f". Did you mean '{near[0]}'?" if near else ""


def _sentence(model: type[Section], fault: Any) -> str:
    kind, given = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        known = _keys_at(model, fault["loc"][:-1])
        word = str(fault["loc"][-1])
        return "unknown key" + (did_you_mean(word, known) or f". Known here: {', '.join(known)}")
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind in ("literal_error", "enum"):
        choices = str(fault["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"{given!r:.60} is none of {', '.join(choices)}{did_you_mean(str(given), choices)}"
    if kind in _SAY:
        return _SAY[kind] + _was(given, kind)
    return str(fault["msg"])


def _was(given: object, kind: str) -> str:
    """Say what stands there instead, by its kind: the value itself could be a secret."""
    match given:
        case _ if kind in ("missing", "too_short"):
            return ""
        case None:
            return "; it is empty"
        case bool():
            return ", not true or false; quotes make it text" if kind == "string_type" else ", not true or false"
        case int() | float():
            return ", not a number; quotes make it text" if kind == "string_type" else ", not a number"
        case str():
            return ", not text"
        case list() | tuple():
            return ", not a list"
        case _:
            return ", not a mapping"


def _keys_at(model: type[Section], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that stand under `path` of a model, as the file writes them."""
    for part in path:
        kind = model.model_fields[part].annotation if isinstance(part, str) and part in model.model_fields else None
        for inner in (kind, *get_args(kind)):  # a section, or one that may be left out
            if isinstance(inner, type) and issubclass(inner, Section):
                model = inner
    return list(model.model_fields)
