"""The specimens: every known bug is caught, by the rule that its patch names, and the score never drops."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Brownout

PATCHES = ROOT / "device-model" / "specimens"
PAGE = ROOT / "docs" / "specimens.md"

# All of them, and never fewer.
CAUGHT_AT_LEAST = 78

# What a sanitizer ends before the trap comes that the rule is about.
SMASH_THE_STACK = {"keyhash-overflow", "manifest-uncapped"}

RULES = {"contained", "trusted", "whole", "forward", "reachable", "honest", "boots", "reverts", "settles"}


def score(*arguments: str | Path, limit: int = 300) -> subprocess.CompletedProcess[str]:
    """The specimens as they ship."""
    return subprocess.run(
        ["build/brownout", "specimens", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit,
    )


@pytest.fixture(scope="session")
def table() -> dict:
    """The score of all specimens."""
    done = score("--quiet", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    """A folder with one specimen's patch."""
    shutil.copy(PATCHES / "burn-early.patch", tmp_path)
    return tmp_path


def change(patches: Path, old: str, new: str) -> None:
    """Changes the header of that patch."""
    patch = patches / "burn-early.patch"
    assert old in patch.read_text()
    patch.write_text(patch.read_text().replace(old, new))


def test_every_specimen_is_caught_and_none_got_lost(table: dict) -> None:
    missed = [entry["name"] for entry in table["specimens"] if not entry["caught"]]
    assert missed == []
    assert table["caught"] == len(table["specimens"]) == len(list(PATCHES.glob("*.patch")))
    assert table["caught"] >= CAUGHT_AT_LEAST


def published() -> list[tuple[int, str, str]]:
    """The table of published bugs: number, where it was published, specimens or why there is none."""
    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE
    )
    return [(int(number), bug, specimen) for number, bug, specimen in rows]


def test_every_published_bug_has_a_specimen_or_a_reason(table: dict) -> None:
    origins = {entry["name"]: entry["origin"] for entry in table["specimens"]}
    assert [number for number, _, _ in published()] == list(range(1, 41))
    reasons = 0
    for _, bug, specimen in published():
        names = re.findall(r"`([a-z0-9-]+)`", specimen)
        reasons += not names
        assert names or re.match(r"none: .{20}", specimen), bug
        # Both ways: the specimens of a row come from that bug, and no other specimen says that it does.
        assert sorted(names) == sorted(
            name for name, origin in origins.items() if re.match(re.escape(bug) + r"(?!\w)", origin)
        ), bug
    assert reasons <= 2


def test_every_rule_that_firmware_can_break_is_broken_by_one(table: dict) -> None:
    assert {entry["rule"] for entry in table["specimens"]} == RULES


def test_case_that_catches_one_breaks_its_rule_first_and_the_reference_holds(table: dict) -> None:
    for name in ("burn-early", "hash-unchecked", "seal-in-front"):
        entry = next(entry for entry in table["specimens"] if entry["name"] == name)
        run = ["build/brownout", "replay", entry["case"]]
        story = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert story.returncode == 1
        assert re.search(rf"^verdict  {entry['rule']}: BROKEN$", story.stdout, re.MULTILINE)
        run[2] = re.sub(r"~[\w-]+(@.*)#\w+$", r"\1", entry["case"])
        assert subprocess.run(run, cwd=ROOT, capture_output=True, check=False, timeout=60).returncode == 0


def test_sanitizers_find_no_bug_but_the_specimens_own(brownout: Brownout, table: dict) -> None:
    names = [entry["name"] for entry in table["specimens"] if entry["name"] not in SMASH_THE_STACK]
    assert len(names) == len(table["specimens"]) - len(SMASH_THE_STACK)
    done = brownout("specimens", "--quiet", *names)
    assert done.returncode == 0, done.stderr[-2000:]


def test_score_is_the_same_for_any_number_of_processes() -> None:
    one, five = score("--quiet", "-j", "1"), score("--quiet", "-j", "5")
    assert one.stdout == five.stdout
    assert one.stderr == five.stderr == ""


def test_text_and_json_say_the_same(table: dict) -> None:
    lines = score("--quiet").stdout.splitlines()
    for entry, line in zip(table["specimens"], lines[1:], strict=False):
        assert line.split() == [entry["name"], entry["rule"], str(entry["cases"]), entry["case"]]
    assert lines[-1] == f"{table['caught']} of {len(table['specimens'])} specimens caught"


def test_list_says_what_each_is_and_runs_nothing() -> None:
    done = score("--list", "burn-early")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "burn-early"
    for key in ("origin", "cause", "rule      reachable", "scenario  scenarios/1xx-power/104-counter-burn.yaml"):
        assert f"\n  {key}" in done.stdout
    assert json.loads(score("--list", "--json", "burn-early").stdout)["specimens"][0]["name"] == "burn-early"


def test_matrix_names_every_scenario_that_catches_one(house: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios" / "4xx-forgery", house / "4xx-forgery")
    shutil.copy(PATCHES / "class-unchecked.patch", tmp_path)
    places = ("--patches", tmp_path, "--scenarios", house)
    done = score("--quiet", "--json", "--all", *places)
    entry = json.loads(done.stdout)["specimens"][0]
    assert done.returncode == 0
    assert entry["by"] == ["other-device-flash"]
    text = score("--quiet", "--all", *places).stdout
    assert "\nScenarios that catch what nothing else catches\n  other-device-flash: class-unchecked\n" in text


@pytest.mark.long
def test_scenarios_that_catch_what_nothing_else_catches_are_those_of_the_page() -> None:
    done = score("--quiet", "--json", "--all", limit=5400)
    assert done.returncode == 0, done.stderr
    alone: dict[str, list[str]] = {}
    for entry in json.loads(done.stdout)["specimens"]:
        if len(entry["by"]) == 1:
            alone.setdefault(entry["by"][0], []).append(entry["name"])
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ((?:`[a-z0-9-]+`(?:, )?)+) \|$", PAGE.read_text(), re.MULTILINE)
    assert {scenario: re.findall(r"`([a-z0-9-]+)`", names) for scenario, names in rows} == alone


def test_rule_that_does_not_break_first_is_no_catch(patches: Path) -> None:
    change(patches, "Rule: reachable", "Rule: trusted")
    done = score("--patches", patches, "--quiet")
    assert done.returncode == 1
    assert re.search(r"^burn-early +trusted +\d+ +NOT CAUGHT by counter-burn$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\n0 of 1 specimens caught\n")


def test_case_that_the_reference_fails_as_well_is_no_catch(patches: Path, house: Path) -> None:
    (house / "1xx-power").mkdir()
    yaml = (ROOT / "scenarios/1xx-power/104-counter-burn.yaml").read_text()
    # The expectation is wrong, so that no firmware meets it.
    (house / "1xx-power" / "104-counter-burn.yaml").write_text(yaml.replace("counter: 4}\n", "counter: 3}\n"))
    done = score("--patches", patches, "--scenarios", house, "--quiet")
    assert done.returncode == 1, done.stderr
    assert "NOT CAUGHT by counter-burn" in done.stdout


def test_rule_that_the_scenario_excuses_is_no_catch(patches: Path, house: Path) -> None:
    (house / "1xx-power").mkdir()
    yaml = (ROOT / "scenarios/1xx-power/104-counter-burn.yaml").read_text()
    (house / "1xx-power" / "104-counter-burn.yaml").write_text(yaml + "may_break: {reachable: to see}\n")
    done = score("--patches", patches, "--scenarios", house, "--quiet")
    assert done.returncode == 1, done.stderr


def test_specimen_that_is_not_built_is_an_error(patches: Path) -> None:
    (patches / "burn-early.patch").rename(patches / "unheard-of.patch")
    done = score("--patches", patches, "--quiet")
    assert done.returncode == 2
    assert "unheard-of: no such specimen is built, expected" in done.stderr
    assert "make specimens" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Rule: reachable", "Rule: brave", ":3: rule 'brave', expected one that firmware can break, such as trusted"),
        ("Rule: reachable", "Rule: fired", ":3: rule 'fired', expected one that firmware can break, such as trusted"),
        ("Rule: reachable\n", "", ":1: no line Rule:, expected one above the patch"),
        ("Rule: reachable", "Rule: boots\nRule: boots", ":4: Rule is there twice, expected it once"),
        ("Cause: ", "Because: ", ":2: 'Because: the counter"),
        ("104-counter-burn", "104-other", ":4: no scenarios/1xx-power/104-other.yaml, expected FAMILY/NUMBER-NAME"),
        ("104-counter-burn", "104-counter-burn\nPlan: cut=x", ":5: "),
    ],
)
def test_wrong_header_is_said_with_its_line(patches: Path, old: str, new: str, message: str) -> None:
    change(patches, old, new)
    done = score("--patches", patches)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{patches}/burn-early.patch{message}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["burn-late"], "burn-late: no such specimen, expected the name of a patch without .patch"),
        (["--patches", "docs"], "docs: no specimens, expected a folder of patches *.patch"),
        (["--patches", "nowhere"], "nowhere: No such file or directory, expected a folder of patches"),
        (["--list", "--all"], "--list with --all, expected one of them"),
        (["--json=/nowhere/x.json"], "/nowhere/x.json"),
    ],
)
def test_wrong_usage_is_said(brownout: Brownout, arguments: list[str], message: str) -> None:
    done = brownout("specimens", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
