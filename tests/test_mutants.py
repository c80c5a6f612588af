"""The mutants of the firmware: their list, the file of survivors, and a sample that must die."""

import re
import subprocess
from collections import Counter

import mutants
import mutants_run
import pytest
from mutants import Mutant

SCORE = 90.0  # per cent that the scenarios have reached; it may only rise


@pytest.fixture(scope="module")
def listed() -> list[Mutant]:
    return mutants.mutants()


def test_the_list_is_the_same_every_time(listed: list[Mutant]) -> None:
    assert listed == mutants.mutants()


def test_no_two_have_one_key_or_one_name(listed: list[Mutant]) -> None:
    assert len({m.key for m in listed}) == len(listed)
    assert len({m.name for m in listed}) == len(listed)


def test_each_changes_what_it_says_and_nothing_else(listed: list[Mutant]) -> None:
    for mutant in listed:
        text = (mutants.FIRMWARE / mutant.file).read_text()
        changed = mutant.apply(text)
        assert changed != text, mutant.key
        assert changed.startswith(text[: mutant.start]), mutant.key
        assert changed.endswith(text[mutant.end :]), mutant.key


def test_every_kind_of_change_is_there(listed: list[Mutant]) -> None:
    count = Counter(m.operator for m in listed)
    kinds = {"relation", "logic", "arithmetic", "bits", "constant", "condition", "removed", "result", "order"}
    assert set(count) == kinds
    assert min(count.values()) >= 20, count


def test_every_function_of_the_firmware_has_mutants(listed: list[Mutant]) -> None:
    mutated = {m.function for m in listed}
    for path in mutants.FIRMWARE.glob("*.c"):
        if path.name in mutants.WORDS:
            continue
        for name in re.findall(r"^(?:static )?\w[\w ]*?\*?(\w+)\([^;{]*\)\n{", path.read_text(), re.MULTILINE):
            assert name in mutated, f"{path.name}: {name}"


def test_each_survivor_that_is_listed_is_a_mutant_and_has_a_reason(listed: list[Mutant]) -> None:
    keys = {m.key for m in listed}
    survivors = mutants_run.listed_survivors()
    assert survivors
    for key, (_, reason) in survivors.items():
        assert key in keys, f"no such mutant, expected a line of tests/mutants.py: {key}"
        assert len(reason.split()) >= 4, f"no reason: {key}"


def test_what_lives_is_few_beside_what_was_killed() -> None:
    """The score that the page prints, of the last whole run."""
    row = re.search(r"^\| all \|.* ([\d.]+) % \|$", mutants_run.TABLE.read_text(), re.MULTILINE)
    assert row is not None
    assert float(row[1]) >= SCORE


def test_a_sample_dies() -> None:
    """One mutant in forty, chosen by its key; those that are listed are left out."""
    subprocess.run(["make", "-s", "brownout-build", "build/mutants/run"], cwd=mutants.ROOT, check=True)
    done = subprocess.run(
        ["/usr/bin/python3", "tests/mutants_run.py", "--sample", "--jobs", "2"],
        cwd=mutants.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b\d+ killed\b", done.stdout), done.stdout
