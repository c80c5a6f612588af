"""Verb fleet: exit statuses, what it prints, files that parse, each verdict broken, bad input."""

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT, Brownout

FLEETS = ROOT / "scenarios" / "7xx-fleet"
SCENARIOS = sorted(FLEETS.glob("*.yaml"))
GOOD = "scenarios/7xx-fleet/701-good-release.yaml"
CRASH = "scenarios/7xx-fleet/702-crash-on-one-revision.yaml"
DIES = "scenarios/7xx-fleet/704-server-dies.yaml"
KEYS = "scenarios/7xx-fleet/705-fleet-key-rotation.yaml"
FIRST = "scenarios/7xx-fleet/706-regions-first.yaml"
RULES = ["alive", "rules", "within", "counts", "caught", "expected"]
SVG = "{http://www.w3.org/2000/svg}"

Done = subprocess.CompletedProcess[str]


def verdicts(done: Done) -> dict[str, str]:
    """Each rule with what the text says of it."""
    found = dict(re.findall(r"^([a-z]+) +(held|BROKEN: .*)$", done.stdout, re.MULTILINE))
    assert list(found) == RULES, done.stdout + done.stderr
    return found


def spoil(house: Path, source: str, *changes: tuple[str, str]) -> Path:
    """A scenario of the repository's with some of its text replaced."""
    path = house / Path(source).name
    text = (ROOT / source).read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text)
    return path


# ---- good runs ----


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_holds(brownout: Brownout, path: Path) -> None:
    done = brownout("fleet", path.relative_to(ROOT), "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(verdicts(done).values()) == {"held"}


def test_same_bytes_for_any_number_of_processes_and_without_memory(
    brownout: Brownout, tmp_path: Path
) -> None:
    seen = set()
    for i, options in enumerate(([], ["-j", "2"], ["-j", "3"], ["--anew"], ["--anew", "-j", "2"])):
        files = [tmp_path / f"{i}.json", tmp_path / f"{i}.svg"]
        done = brownout(
            "fleet", CRASH, "--devices", "150", "--json=" + str(files[0]), "--plot", files[1], *options
        )
        assert done.returncode in (0, 1), done.stderr
        seen.add((done.stdout, *(file.read_bytes() for file in files)))
        lived = int(re.findall(r"firmware lived (\d+)$", done.stderr, re.MULTILINE)[0])
        lives = int(re.findall(r"^lives +(\d+),", done.stdout, re.MULTILINE)[0])
        assert (lived >= lives) == ("--anew" in options)
    assert len(seen) == 1
    other = brownout("fleet", CRASH, "--devices", "150", "--seed", "2")
    assert other.stdout not in {text for text, *_ in seen}


def test_json_adds_up(brownout: Brownout) -> None:
    done = brownout("fleet", CRASH, "--devices", "2000", "--json")
    root = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(root["verdict"]) == RULES
    assert set(root["verdict"].values()) == {"held"}
    for moment in root["samples"]:
        assert sum(count for name, count in moment.items() if name != "seconds") == 2000
    assert [moment["seconds"] for moment in root["samples"]] == sorted(
        moment["seconds"] for moment in root["samples"]
    )
    by_name = {release["name"]: release for release in root["releases"]}
    for release in (by_name["update"], by_name["then1"]):
        told = release["reported"]
        standings = ["pending", "installed", "proved", "reverted", "refused", "silent", "superseded"]
        assert told["offered"] == sum(told[name] for name in standings) == release["offered"]
        assert told["confirmed"] == release["came-up"]
        assert told["reverted"] == release["reverted"]
    assert by_name["update"]["reverted"] > 0
    paused = [mark for mark in root["marks"] if mark["event"] == "paused"]
    assert [(mark["why"], mark["type"]) for mark in paused] == [("reverts", "rev-c")]


def test_plot_shows_stages_and_the_pause(brownout: Brownout, tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    assert brownout("fleet", CRASH, "--plot", path).returncode == 0
    kept = ROOT / "docs" / "rollout.svg"
    assert path.read_bytes() == kept.read_bytes(), "expected: brownout fleet " + CRASH + " --plot docs/rollout.svg"
    root = ElementTree.parse(path).getroot()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "paused: reverts" in texts
    assert {"25 %", "100 %", "1.1.1: 1000", "1.1.0: 0", "days"} <= set(texts)
    assert len(list(root.iter(f"{SVG}polygon"))) == 3
    for polygon in root.iter(f"{SVG}polygon"):
        points = [tuple(map(float, point.split(","))) for point in polygon.attrib["points"].split()]
        assert len(points) > 400
        assert all(69 <= x <= 581 and 60 <= y <= 340 for x, y in points)


def test_run_names_fleets_and_does_not_run_them(brownout: Brownout, tmp_path: Path) -> None:
    done = brownout("run", FLEETS, "--junit", tmp_path / "out.xml")
    assert done.returncode == 0
    assert done.stdout.count(": a fleet, which 'brownout fleet' runs\n") == len(SCENARIOS)
    assert done.stdout.endswith("\n0 scenarios, 0 cases: none run, %d left out\n" % len(SCENARIOS))
    assert len(list(ElementTree.parse(tmp_path / "out.xml").getroot().iter("skipped"))) == len(SCENARIOS)
    done = brownout("coverage", "--quiet", FLEETS, "scenarios/1xx-power/110-smallest-update.yaml")
    assert done.stderr.count("left out: a fleet, which 'brownout fleet' runs\n") == len(SCENARIOS)
    for arguments in (["explore", GOOD], ["replay", "good-release@none"], ["shrink", "good-release@none"]):
        done = brownout(*arguments)
        assert done.returncode == 2
        assert "a fleet, expected a scenario of one device" in done.stderr


def test_groups_windows_and_bandwidth_make_devices_wait(brownout: Brownout) -> None:
    root = json.loads(brownout("fleet", FIRST, "--json").stdout)
    assert all(count > 0 for why, count in root["waits"].items() if why != "paused"), root["waits"]
    releases = {release["name"]: release for release in root["releases"]}
    # Those that already run the update get what builds on it, and only gateways of revision b do.
    assert 0 < releases["then1"]["offered"] < 400
    assert releases["then1"]["came-up"] == releases["then1"]["offered"]


# ---- each verdict can break ----


@pytest.mark.parametrize(
    ("path", "specimen", "rule", "why"),
    [
        (GOOD, "burn-early", "alive", r"device-\d+ finds nothing to boot from hour \d+ on"),
        (GOOD, "report-early", "rules", r"device-\d+ at hour \d+: honest: "),
        (GOOD, "sequence-early", "counts", r"update: \d+ devices confirmed it by their reports"),
        (GOOD, "early-pending", "caught", r"awake devices do not run update; device-\d+ runs factory"),
        (CRASH, "attempts-unspent", "expected", r"the rollout of update was stopped by "),
        (CRASH, "given-up-sticky", "caught", r"\d+ of 1000 awake devices do not run then1"),
        (KEYS, "sequence-equal", "rules", r"forward: rogue was installed"),
    ],
)
def test_known_bugs_break_fleets(
    brownout: Brownout, path: str, specimen: str, rule: str, why: str
) -> None:
    done = brownout("fleet", path, "--device", specimen, "--quiet")
    assert done.returncode == 1, done.stderr
    assert re.search(why, verdicts(done)[rule]), done.stdout


def test_limits_and_keys_that_are_missing_show(brownout: Brownout, house: Path) -> None:
    path = spoil(
        house, CRASH, ("{reverts: 40, failed_boots: 40, devices: 10}", "{reverts: 0, failed_boots: 0}")
    )
    done = brownout("fleet", path, "--quiet")
    assert done.returncode == 1
    assert re.search(r"update ran on \d+ of 1000 devices, expected at most 20 %", verdicts(done)["expected"])
    path = spoil(house, KEYS, (", revokes: [vendor]}\nreleases", "}\nreleases"))
    done = brownout("fleet", path, "--quiet")
    assert done.returncode == 1
    assert re.search(r"rogue ran on \d+ of 1000 devices, expected at most 4 %", verdicts(done)["expected"])


def test_a_database_that_forgets_shows(brownout: Brownout, house: Path) -> None:
    path = spoil(house, DIES, ("back: 440}", "back: 440, forgets: 200}"))
    done = brownout("fleet", path, "--quiet")
    assert done.returncode == 1
    assert re.search(r"update: \d+ devices were offered it by their reports", verdicts(done)["counts"])


# ---- bad input ----


def assert_refused(done: Done, message: str) -> None:
    """Exit 2, the message on stderr, and nothing on stdout."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no SCENARIO, expected one"),
        ([GOOD, CRASH], "more than one SCENARIO, expected one"),
        (["--devices", "0", GOOD], "'0', expected a number from 1 to"),
        (["-j", "0", GOOD], "'0', expected a number from 1 to"),
        (["--seed", "x", GOOD], "'x', expected a number from 0 to"),
        (["--json=x", "--plot", "x", GOOD], "expected"),
        (["--device", "no-such", GOOD], "--device: no-such: .*expected"),
        (["no-such.yaml"], r"^no-such\.yaml:1: .*, expected"),
        (["scenarios/1xx-power/110-smallest-update.yaml"], "expected one with a 'fleet:' part"),
    ],
)
def test_usage_errors(brownout: Brownout, arguments: list[str], message: str) -> None:
    assert_refused(brownout("fleet", *arguments), message)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("days: 56", "days: 0", 15, "0 days, expected 1 to"),
        ("days: 56", "days: many", 15, "days is 'many', expected"),
        ("2026-01-05", "2026-13-05", 14, "'2026-13-05' is no day, expected one such as"),
        ("percent: 80", "percent: 81", 16, "101 percent in all, expected 100"),
        ("percent: 80", "percent: 80.005", 16, "80.005 is no percent, expected 0 to 100 in steps"),
        ("percent: 80", "percent: -80", 16, "percent is '-80', expected a number such as 2 or 0.5"),
        ("percent: 80", "percent: 1e2", 16, "percent is '1e2', expected a number such as"),
        ("name: rev-b", "name: rev-a", 16, "a second 'rev-a', expected another name"),
        ("name: rev-b", "name: Rev", 16, "'Rev' is no name, expected a-z"),
        ("utc_minutes: 60", "utc_minutes: 9999", 19, "9999 is no time zone, expected"),
        ("utc_minutes: 60", "utc_minutes: 1.5", 19, "'1.5', expected a whole number"),
        ("asks_every_hours: 24", "asks_every_hours: 0", 22, "0 hours, expected 1 to 744"),
        ("cuts: 5", "cuts: 101", 22, "101 is no percent"),
        ("cuts: 5", "asleep: 5", 22, "belong together, expected both"),
        ("release: update\n", "release: none\n", 24, "there is no release 'none', expected one"),
        ("release: update\n", "release: factory\n", 24, "'factory' has no manifest, expected a release"),
        ("release: update\n", "release: update\n      hour: 9999\n", 25, "hour 9999 is after the fleet's"),
        ('from: "20:00"', 'from: "24:00"', 25, "'24:00' is no time of day, expected"),
        ('to: "06:00"}', 'to: "06:00", days: [Sunday]}', 25, "'Sunday' is no day, expected mon, tue"),
        ("release: update\n", "release: update\n      stages: [{percent: 5}, {percent: 100}]\n", 24, "lasts 0 hours"),
        ("release: update\n", "release: update\n      group: {types: [rev-c]}\n", 25, "no device is 'rev-c', expected"),
        ("newest: update", "newest: none", 27, "there is no release 'none', expected one"),
        ("state: running", "state: tired", 28, "state is 'tired', expected running, paused or aborted"),
        ("fleet:\n", "faults: {cut: none}\nfleet:\n", 13, "'faults' is of one device and not of a fleet"),
        ("fleet:\n", "covers: [X]\nfleet:\n", 13, "'covers' is of one device and not of a fleet"),
        ("kind: nor, ", "kind: block, cache: 4, ", 9, "volatile cache is no part of a state yet, expected nor"),
        ("  rollouts:\n", "  server: {dies: 9, back: 9}\n  rollouts:\n", 23, "back before it died, expected"),
        ("  rollouts:\n", "  server: {dies: 9, back: 19, forgets: 10}\n  rollouts:\n", 23, "more than there was"),
        ("habits: {", "habit: {", 22, "'habit'"),
    ],
)
def test_fleets_that_are_wrong_are_refused(
    brownout: Brownout, house: Path, old: str, new: str, line: int, message: str
) -> None:
    done = brownout("fleet", spoil(house, GOOD, (old, new)))
    assert_refused(done, rf"701-good-release\.yaml:{line}: .*{re.escape(message)}")
