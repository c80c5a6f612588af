"""The coverage table: no id without a line, agreement with the scenarios, and counts that only rise."""

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import ROOT, Brownout

CATALOGUE = ROOT / "scenarios" / "catalogue.yaml"

# Ids by state. A change for the worse needs its reason here.
IDS = 142
HELD_AT_LEAST = 70
AT_MOST = {"no such feature": 8, "not defended": 4, "documentation only": 59, "BROKEN": 0, "NOT RUN": 0}

SCENARIO = """\
name: base
summary: A small update.
why: >-
  Undefended: it does not arrive.
covers: [X-1]
device:
  flash: {kind: nor, sector: 512, sectors: 12, program: 128}
  efuse: {counter: 4}
factory: {version: 1.0.0, security: 1, size: 500, header: 32}
update: {version: 1.1.0, security: 2, size: 700, header: 32}
expect: {version: 1.1.0}
"""
LISTED = """\
sources:
  - source: somebody's list
    ids:
      - {id: X-1, title: an update}
"""


def ids_of_the_catalogue() -> list[str]:
    return re.findall(r"\bid: ([\w.-]+)", CATALOGUE.read_text())


@pytest.fixture(scope="session")
def table(brownout: Brownout, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str, Path]:
    """The whole table, as JSON, as text and as a page, of one run of every case."""
    folder = tmp_path_factory.mktemp("coverage")
    # Sanitizers slow the sweeps down: scenarios run as they ship.
    run = ["build/brownout", "run", "--quiet", f"--json={folder}/run.json", "scenarios"]
    subprocess.run(run, cwd=ROOT, check=True, capture_output=True, timeout=600)
    done = brownout(
        "coverage", "--results", folder / "run.json", f"--json={folder}/table.json", "--html", folder / "table.html"
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return json.loads((folder / "table.json").read_text()), done.stdout, folder / "table.html"


def write(house: Path, scenario: str = SCENARIO, catalogue: str = LISTED) -> list[str | Path]:
    """A scenario and a catalogue of a test's own, as arguments."""
    path = house / "1xx-own" / "100-base.yaml"
    path.parent.mkdir()
    path.write_text(scenario)
    (house / "catalogue.yaml").write_text(catalogue)
    return ["coverage", "--quiet", "--catalogue", house / "catalogue.yaml", path]


def test_no_id_is_without_a_line(table: tuple[dict, str, Path]) -> None:
    report, text, page = table
    ids = ids_of_the_catalogue()
    assert len(ids) == len(set(ids)) == IDS
    assert [entry["id"] for entry in report["ids"]] == ids
    assert re.findall(r"^  (\S+) +\S", text, re.MULTILINE) == ids
    assert re.findall(r"<tr><td>(\S+?)</td>", page.read_text()) == ids


def test_table_does_not_get_worse(table: tuple[dict, str, Path]) -> None:
    counts = table[0]["counts"]
    assert sum(counts.values()) == IDS
    assert counts["held"] >= HELD_AT_LEAST
    for state, most in AT_MOST.items():
        assert counts[state] <= most, state


def test_every_id_has_scenarios_or_a_reason(table: tuple[dict, str, Path]) -> None:
    for entry in table[0]["ids"]:
        assert bool(entry["scenarios"]) == (entry["state"] != "documentation only"), entry
        assert (entry["reason"] is None) == (entry["state"] == "held"), entry


def test_every_scenario_says_what_an_undefended_device_does(table: tuple[dict, str, Path]) -> None:
    for scenario in table[0]["scenarios"]:
        assert scenario["held"], scenario
        assert len(scenario["undefended"]) > 20, scenario


def test_page_is_well_formed_and_fetches_nothing(table: tuple[dict, str, Path]) -> None:
    class Page(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {"src", "href"} & {name for name, _ in attrs}
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    page = Page()
    page.feed(table[2].read_text())
    assert page.open == []


def test_results_of_a_run_give_the_same_states(
    brownout: Brownout, table: tuple[dict, str, Path], tmp_path: Path
) -> None:
    results = tmp_path / "run.json"
    assert brownout("run", "--quiet", f"--json={results}", "scenarios/4xx-forgery").returncode == 0
    done = brownout("coverage", "--json", "--results", results, "scenarios/4xx-forgery")
    assert done.returncode == 0, done.stderr
    states = {entry["id"]: entry["state"] for entry in table[0]["ids"]}
    found = json.loads(done.stdout)["ids"]
    assert len(found) > 20
    for entry in found:
        assert entry["state"] == states[entry["id"]]


def test_scenario_that_was_not_in_the_run_is_not_taken_for_held(brownout: Brownout, tmp_path: Path) -> None:
    results = tmp_path / "run.json"
    one = "scenarios/4xx-forgery/401-wrong-key.yaml"
    assert brownout("run", "--quiet", f"--json={results}", one).returncode == 0
    done = brownout("coverage", "--results", results, "scenarios/4xx-forgery/402-wrong-key-image.yaml")
    assert done.returncode == 1
    assert "NOT RUN" in done.stdout
    assert "(not in that run)" in done.stdout


def test_scenario_that_has_changed_since_the_run_is_not_taken_for_held(
    brownout: Brownout, house: Path, tmp_path: Path
) -> None:
    arguments = write(house)
    results = tmp_path / "run.json"
    assert brownout("run", "--quiet", f"--json={results}", arguments[-1]).returncode == 0
    assert brownout(*arguments, "--results", results).returncode == 0
    Path(arguments[-1]).write_text(SCENARIO.replace("size: 700", "size: 701"))
    done = brownout(*arguments, "--results", results)
    assert done.returncode == 1
    assert "(changed since that run)" in done.stdout


def test_red_scenario_makes_its_ids_broken(brownout: Brownout, house: Path) -> None:
    done = brownout(*write(house, SCENARIO.replace("expect: {version: 1.1.0}", "expect: {version: 1.0.0}")))
    assert done.returncode == 1
    assert re.search(r"^  X-1 +BROKEN ", done.stdout, re.MULTILINE)
    assert "base (settles: BROKEN)" in done.stdout


@pytest.mark.parametrize(
    ("scenario", "catalogue", "message"),
    [
        (("X-1", "X-2"), None, r"100-base\.yaml:5: covers 'X-2', expected an id of the catalogue$"),
        (("Undefended: it", "It"), None, r"100-base\.yaml:5: covers ids without a line that shows why, "),
        (None, ("an update}", "an update, reason: none}"), r"catalogue\.yaml:4: X-1 has a reason and no word"),
        (None, ("an update}", "an update, word: not defended}"), r":4: X-1 is 'not defended' without a reason"),
        (None, ("an update}", "an update, word: soon}"), r":4: word is 'soon', expected covered, documentation"),
        (None, ("{id: X-1", "{id: X-1, title: x}\n      - {id: X-1"), r":5: X-1 is there twice"),
        (None, ("source: somebody's list\n    ids:", "ids:"), r":2: sources has no 'source', expected one"),
        (None, (LISTED, ""), r"catalogue\.yaml:1: file is empty, expected a catalogue"),
    ],
)
def test_catalogue_and_scenario_that_disagree_are_refused(
    brownout: Brownout,
    house: Path,
    scenario: tuple[str, str] | None,
    catalogue: tuple[str, str] | None,
    message: str,
) -> None:
    texts = [SCENARIO, LISTED]
    for i, change in enumerate((scenario, catalogue)):
        if change:
            assert change[0] in texts[i]
            texts[i] = texts[i].replace(*change, 1)
    done = brownout(*write(house, *texts))
    assert done.returncode == 2
    assert re.search(message, done.stderr, re.MULTILINE), done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: CWE-459,", "id: CWE-460,", "CWE-460: no scenario covers it, expected one"),
        ("id: CRA-II-3\n", "id: CWE-459a\n", ""),
        (
            "word: no such feature",
            "word: documentation only",
            "THREAT.UPD.WRONG_PRECURSOR: it is documentation only, and a scenario covers it",
        ),
    ],
)
def test_id_that_no_scenario_bears_out_is_refused(
    brownout: Brownout, tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = CATALOGUE.read_text()
    assert old in text
    (tmp_path / "catalogue.yaml").write_text(text.replace(old, new, 1))
    (tmp_path / "run.json").write_text('{"scenarios": [], "shards": 1, "device": null}')
    done = brownout("coverage", "--catalogue", tmp_path / "catalogue.yaml", "--results", tmp_path / "run.json")
    if message:
        assert done.returncode == 2
        assert message in done.stderr
    else:  # another duty of papers: no scenario speaks of it, so nothing is at odds
        assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r":1: .*, expected what 'brownout run --json=FILE' wrote$"),
        ("{}", r":1: no scenarios, expected what"),
        ('{"scenarios": [], "shards": 2, "device": null}', r":1: a part of the cases, expected a run without"),
        ('{"scenarios": [], "shards": 1, "device": "early"}', r":1: a specimen's run, expected the reference"),
    ],
)
def test_results_that_prove_nothing_are_refused(
    brownout: Brownout, tmp_path: Path, text: str, message: str
) -> None:
    results = tmp_path / "run.json"
    results.write_text(text)
    done = brownout("coverage", "--results", results)
    assert done.returncode == 2
    assert re.search(message, done.stderr, re.MULTILINE), done.stderr
    assert done.stdout == ""


# What the README names as a limit: six cuts whose weak words read apart, and all copies of bootctl are lost.
FORWARD_LOST = "911-weak-words-apart"


def test_trust_is_excused_only_in_place_and_has_a_twin_in_ram_that_holds() -> None:
    excused = 0
    for path in sorted((ROOT / "scenarios").rglob("[0-9]*.yaml")):
        text = path.read_text()
        may_break = text.partition("\nmay_break:\n")[2]
        if not re.search(r"^  (trusted|whole|forward):", may_break, re.MULTILINE):
            continue
        if path.stem == FORWARD_LOST:
            assert not re.search(r"^  (trusted|whole):", may_break, re.MULTILINE), path
            continue
        excused += 1
        assert "execute: ram" not in text, path
        assert not re.search(r"^  forward:", may_break, re.MULTILINE), path
        (twin,) = path.parent.glob(f"[0-9]*-{path.stem.partition('-')[2]}-ram.yaml")
        other = twin.read_text()
        assert "execute: ram" in other, twin
        assert re.findall(r"plan: .*", other) == re.findall(r"plan: .*", text), twin
        excuses = other.partition("\nmay_break:\n")[2]
        assert not re.search(r"^  (trusted|whole|forward):", excuses, re.MULTILINE), twin
    assert excused == 3


def test_specimens_that_scenarios_name_exist() -> None:
    named = {
        name
        for path in (ROOT / "scenarios").rglob("[0-9]*.yaml")
        for names in re.findall(r"\bspecimens? ([a-z0-9, -]+)\)", " ".join(path.read_text().split()))
        for name in names.split(", ")
    }
    assert len(named) > 20
    for name in named:
        assert (ROOT / "device-model" / "specimens" / f"{name}.patch").exists(), name
