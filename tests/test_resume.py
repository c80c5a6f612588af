"""A search on several processes, and one that was killed: the same result, to the byte."""

import json
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, Brownout

# So many states that the search takes long enough to be killed.
SCENARIO = """\
name: small
summary: An update of a device with few sectors.
device:
  flash: {kind: nor, sector: 512, sectors: 14, program: 128}
  efuse: {counter: 2}
factory: {version: 1.0.0, security: 1, size: 500, header: 32}
update: {version: 1.1.0, security: 2, size: 600, header: 32}
faults: {cut: every, tears: 2, cuts: any}
"""


def write(house: Path) -> Path:
    path = house / "100-small.yaml"
    path.write_text(SCENARIO)
    return path


def explored(brownout: Brownout, house: Path, *arguments: str | Path) -> str:
    """The JSON of the search."""
    done = brownout("explore", "--json", *arguments, write(house))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_search_is_the_same_for_any_number_of_processes(brownout: Brownout, house: Path) -> None:
    alone = explored(brownout, house)
    for jobs in ("2", "3"):
        assert explored(brownout, house, "-j", jobs) == alone


def test_search_goes_on_wherever_it_was_killed(
    brownout: Brownout, program: str, house: Path, tmp_path: Path
) -> None:
    whole, kept, killed = explored(brownout, house), tmp_path / "search.db", 0
    for jobs, seconds in (("1", 0.1), ("2", 0.2), ("1", 0.3)):
        process = subprocess.Popen(
            [program, "explore", "-j", jobs, "--resume", str(kept), str(write(house))],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed > 0
    assert explored(brownout, house, "-j", "2", "--resume", kept) == whole
    file = sqlite3.connect(kept)
    rounds = file.execute("SELECT count(*) FROM rounds").fetchone()[0]
    file.close()
    # What is on file is not lived again.
    done = brownout("explore", "--resume", kept, write(house))
    assert f"{kept}: {rounds} rounds of the search were on file" in done.stderr


def test_file_of_another_search_is_refused(
    brownout: Brownout, house: Path, tmp_path: Path
) -> None:
    kept, text = tmp_path / "search.db", tmp_path / "text"
    explored(brownout, house, "--resume", kept)
    done = brownout("explore", "--tears", "1", "--resume", kept, write(house))
    assert done.returncode == 2
    assert f"--resume: {kept}: it is of another search, expected the same" in done.stderr
    text.write_text("no database, and longer than the head of one is " * 8)
    done = brownout("explore", "--resume", text, write(house))
    assert done.returncode == 2
    assert f"--resume: {text}: it cannot be opened (file is not a database)" in done.stderr


def test_file_that_is_damaged_is_refused(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    kept = tmp_path / "search.db"
    explored(brownout, house, "--resume", kept)
    file = sqlite3.connect(kept)
    findings = bytearray(
        file.execute("SELECT findings FROM rounds WHERE number = 3").fetchone()[0]
    )
    findings[len(findings) // 2] ^= 1
    file.execute("UPDATE rounds SET findings = ? WHERE number = 3", (bytes(findings),))
    file.commit()
    file.close()
    done = brownout("explore", "--resume", kept, write(house))
    assert done.returncode == 2
    assert f"--resume: {kept}: round 3 is damaged, expected what a search has" in done.stderr


def flips_and_a_cut(brownout: Brownout, house: Path, execute: str, *device: str) -> dict[str, Any]:
    path = house / "101-small.yaml"
    path.write_text(SCENARIO.replace("counter: 2}\n", f"counter: 2}}\n  execute: {execute}\n"))
    done = brownout("explore", "--flips", "--depth", "1", "--json", *device, path)
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["flips"] > 80_000
    assert done.returncode == (1 if found["violations"] else 0), done.stderr
    return found


@pytest.mark.long
@pytest.mark.parametrize("execute", ["ram", "in-place"])
def test_flips_and_cuts_break_no_trust(brownout: Brownout, house: Path, execute: str) -> None:
    assert flips_and_a_cut(brownout, house, execute)["violations"] == []


@pytest.mark.long
def test_flip_and_weak_cells_break_whole_where_half_a_download_boots(
    brownout: Brownout, house: Path
) -> None:
    found = flips_and_a_cut(brownout, house, "in-place", "--device", "fallback-unfinished")
    assert [broken["rule"] for broken in found["violations"]] == ["whole"]
