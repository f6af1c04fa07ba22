"""Terms in the configuration: capitals, company and closeness, and where each fault stands."""

from pathlib import Path

import pytest

from monitor.config.config import Config
from monitor.config.load import load_config
from monitor.errors import ConfigError
from monitor.model.watch import Company, Term


def load(folder: Path, terms: str, match: str = "Mali") -> Config:
    path = folder / "monitor.yaml"
    path.write_text(
        f"version: 1\nfeeds: []\nwatches: [{{ name: mali, match: '{match}' }}]\nterms:\n{terms}", encoding="utf-8"
    )
    return load_config(path, environ={"WORDS": "50"})


def test_a_term_may_ask_for_capitals_company_and_closeness(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "  w: { any: [Wagner], case: true, company: { any: [Mali, 'Russia*'], within: '${WORDS}' }, closeness: 0.06 }\n"
        "  m: { any: [Mali], company: { any: [Bamako] } }\n",
    )
    assert config.terms["w"] == Term(
        name="w", any=("Wagner",), case=True, company=Company(any=("Mali", "Russia*"), within=50), closeness=0.06
    )
    assert config.terms["m"] == Term(name="m", any=("Mali",), company=Company(any=("Bamako",)))


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("{ any: [x], case: maybe }", "5:24: terms.a.case: must be true or false, not text"),
        ("{ any: [x], closeness: 2 }", "5:29: terms.a.closeness: 2 must lie in [0, 1]"),
        ("{ any: [x], company: Mali }", "5:27: terms.a.company: must be a mapping of keys and values, not text"),
        ("{ any: [x], company: { within: 5 } }", "5:27: terms.a.company.any: this key is missing"),
        ("{ any: [x], company: { any: [] } }", "5:34: terms.a.company.any: must hold at least one value"),
        (
            "{ any: [x], company: { any: [y], within: 0 } }",
            "5:47: terms.a.company.within: 0 is no number of words; it must lie in 1 to 10,000",
        ),
        (
            "{ any: [x], company: { any: [y], near: 3 } }",
            "5:39: terms.a.company.near: unknown key. Known here: any, within",
        ),
        ("{ any: [x, '%'] }", "5:17: terms.a.any.1: “%” holds no letter or digit to search for"),
        ("{ any: [x], never: ['-'] }", "5:26: terms.a.never.0: “-” holds no letter or digit to search for"),
        (
            "{ any: [x], company: { any: ['- *'] } }",
            "5:35: terms.a.company.any.0: a wildcard alone would match every word",
        ),
        ("{ any: [x], company: { any: [y z, '!'] } }", "5:40: terms.a.company.any.1: “!” holds no letter or digit"),
    ],
)
def test_each_fault_of_a_term_is_told_once_and_at_its_place(tmp_path: Path, term: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"  a: {term}\n", match="term:a")
    [problem] = caught.value.problems
    assert problem.removeprefix(f"{tmp_path}/monitor.yaml:").startswith(said)
