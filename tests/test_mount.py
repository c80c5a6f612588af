"""--flash fuse from outside: the same results as in process, and nothing left when it is killed."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, Brownout

SMALL = "scenarios/1xx-power/104-counter-burn.yaml"
SCENARIOS = sorted((ROOT / "scenarios").glob("[1-4]xx-*/*.yaml"))

pytestmark = pytest.mark.skipif(
    os.environ.get("BROWNOUT_NO_FUSE") == "1", reason="BROWNOUT_NO_FUSE=1"
)


def results(brownout: Brownout, flash: str, *arguments: str) -> dict[str, Any]:
    done = brownout("run", "--json", "--quiet", "--flash", flash, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report.pop("flash") == flash
    return report


def descendants(pid: int) -> set[int]:
    """Processes below pid, however deep."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has ended meanwhile
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} | found
        grown, found = more != found, more
    return found - {pid}


def alive(pid: int) -> bool:
    """Zombies that nobody has waited for yet are not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def device_of(pids: set[int]) -> bool:
    """Whether one of them is the device."""
    for pid in pids:
        try:
            if Path(os.readlink(f"/proc/{pid}/exe")).parent.name == "device":
                return True
        except OSError:
            continue  # it has ended meanwhile
    return False


def killed_by(program: str, number: int, jobs: int) -> None:
    """Starts a run, kills it as soon as a device lives, and looks for what is left."""
    runner = subprocess.Popen(
        [program, "run", "--flash", "fuse", "-j", str(jobs), SMALL],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A shell that runs us in the background hands down that ^C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    below = descendants(runner.pid)
    while not device_of(below):
        assert time.monotonic() < until, "no device lives within a minute"
        below |= descendants(runner.pid)
    if number == signal.SIGINT:
        os.killpg(runner.pid, number)  # as the terminal does, which reaches no device
    else:
        os.kill(runner.pid, number)
    assert runner.wait(timeout=60) == -number
    until = time.monotonic() + 60
    while any(alive(pid) for pid in below):
        assert time.monotonic() < until, [pid for pid in below if alive(pid)]
        time.sleep(0.01)
    assert "brownout " not in Path("/proc/self/mounts").read_text()


def test_fuse_gives_the_report_that_ram_gives(brownout: Brownout) -> None:
    shard = ("--shard", "1/20", SMALL)
    assert results(brownout, "fuse", *shard) == results(brownout, "ram", *shard)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_run_leaves_nothing(program: str, number: int, jobs: int) -> None:
    killed_by(program, number, jobs)


def test_missing_fuse_device_is_one_line_and_exit_2(program: str) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev && exec "$@"', "sh"]
        + [program, "run", "--flash", "fuse", SMALL],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("brownout: --flash fuse: /dev/fuse: No such file or directory;")
    assert done.stderr.count("\n") == 1


def test_no_right_to_mount_is_got_in_a_user_namespace(program: str) -> None:
    """As root without the right, which is as near to another user as /dev/fuse here allows."""
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
        + [program, "run", "--flash", "fuse", "--shard", "1/50", SMALL],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_missing_programs_are_one_line_and_exit_2(program: str, tmp_path: Path) -> None:
    alone = shutil.copy(ROOT / program, tmp_path / "brownout")
    done = subprocess.run(
        [alone, "run", "--flash", "fuse", SMALL],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "/device/bootloader: No such file or directory" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.long
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_whole_sweep_through_fuse_gives_the_report_that_ram_gives(
    program: str, path: Path
) -> None:
    # Pairs of cuts are some 200,000 cases: every fiftieth turn of them, an hour otherwise.
    shard = "1/50" if path.stem.startswith("103-") else "1/1"

    def report(flash: str) -> dict[str, Any]:
        done = subprocess.run(
            [program, "run", "--json", "--quiet", "--flash", flash, "--shard", shard, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert found.pop("flash") == flash
        return found

    assert report("fuse") == report("ram")
