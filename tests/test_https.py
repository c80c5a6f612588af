"""Devices with a network of their own: processes, sockets, TLS, and servers that are not as they should be."""

import os
import re
from pathlib import Path

import pytest

from conftest import ROOT, Brownout

FAMILY = ROOT / "scenarios" / "5xx-network"
# The power is cut in each op of that one, which takes longer; `run scenarios` has it.
HOSTILE = sorted(path for path in FAMILY.glob("5*-https-*.yaml") if "honest" not in path.name)

pytestmark = pytest.mark.skipif(os.environ.get("BROWNOUT_NO_FUSE") == "1", reason="BROWNOUT_NO_FUSE=1")


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_device_gets_no_worse_and_says_what_it_saw(brownout: Brownout, path: Path) -> None:
    done = brownout("run", "--quiet", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_story_over_https_is_the_same_each_time(brownout: Brownout) -> None:
    """Ports, keys and what the network does when are no part of it."""
    stories = {brownout("replay", "https-reset@none").stdout for _ in range(3)}
    assert len(stories) == 1
    story = stories.pop()
    assert len(re.findall(r"network: (?:server|mirror 1): it hung up in the middle", story)) == 19
    assert "127.0.0.1" not in story


@pytest.mark.long
def test_cut_in_any_op_over_https(brownout: Brownout, house: Path) -> None:
    done = brownout("run", written(house, "over: https\nfaults: {cut: every, tears: 0}\nexpect: {version: 1.1.0, counter: 2}\n"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r" 6\d\d cases: held", done.stdout), done.stdout


def test_cut_in_each_sector_goes_on_in_that_sector(brownout: Brownout) -> None:
    path = ROOT / "scenarios" / "5xx-network" / "544-https-cut-each-sector.yaml"
    plan = re.search(r'plan: "(.*)"', path.read_text())
    assert plan is not None
    story = brownout("replay", f"https-cut-each-sector@{plan[1]}").stdout
    assert re.findall(r"downloads to slot B from sector (\d) of 6", story) == list("0012345"), story


def test_cut_while_downloading_goes_on_by_range(brownout: Brownout) -> None:
    """In the second sector of the slot; the first one is not fetched again."""
    for op in (6, 14, 18):
        done = brownout("replay", f"https-honest@cut={op}+5")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "verdict  all rules: held" in done.stdout
    resumed = brownout("replay", "https-honest@cut=18+5").stdout
    assert re.search(r"downloads to slot B from sector 1 of 2", resumed), resumed


HEAD = """name: {name}
summary: x
device:
  flash: {{kind: nor, sector: 1024, sectors: 12, program: 128}}
  efuse: {{counter: 8}}
factory: {{version: 1.0.0, security: 1, size: 1500, header: 32}}
update:  {{version: 1.1.0, security: 2, size: 1700, header: 32}}
"""


def written(house: Path, rest: str, name: str = "mine") -> Path:
    folder = house / "5xx-network"
    folder.mkdir(exist_ok=True)
    path = folder / f"599-{name}.yaml"
    path.write_text(HEAD.format(name=name) + rest)
    return path


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("attack:\n  https:\n    - {does: redirect}\n", "expected 'over: https'"),
        ("over: https\nattack:\n  https:\n    - {does: reset}\n", "expected after how many"),
        ("over: https\nattack:\n  https:\n    - {does: expired, bytes: 4}\n", "expected them beside reset or hang"),
        ("over: https\nattack:\n  https:\n    - {does: sing}\n", "expected"),
        ("over: https\nattack:\n  https:\n    - {does: hang, bytes: 1, at: home}\n", "expected"),
        ("over: https\nattack:\n  wire:\n    - {of: image, does: stall}\n", "expected attack.https"),
        ("over: carrier-pigeon\n", "expected"),
        ("expect: {saw: x}\n", "expected 'over: https'"),
    ],
)
def test_scenario_that_cannot_be_is_refused(brownout: Brownout, house: Path, rest: str, why: str) -> None:
    done = brownout("run", written(house, rest))
    assert done.returncode == 2
    assert why in done.stderr
    assert re.match(r".*599-mine.yaml:\d+: ", done.stderr)


def test_what_nobody_saw_is_an_expectation_that_failed(brownout: Brownout, house: Path) -> None:
    done = brownout("run", written(house, "over: https\nfaults: {cut: none}\nexpect: {saw: a unicorn}\n"))
    assert done.returncode == 1
    assert "no report that reached the server says 'a unicorn'" in done.stdout


def test_attack_that_is_never_met_is_an_error(brownout: Brownout, house: Path) -> None:
    """The mirror is asked only when the server fails."""
    rest = "over: https\nattack:\n  https:\n    - {does: wrong-range, at: mirror}\nfaults: {cut: none}\n"
    assert brownout("run", written(house, rest)).returncode == 2


def test_server_that_is_gone_for_good_costs_the_reports(brownout: Brownout, house: Path) -> None:
    """The device stays as it was, and what it could not tell is not counted as told."""
    rest = "over: https\nattack:\n  https:\n    - {does: unpinned}\nfaults: {cut: none}\n"
    done = brownout("run", written(house, rest + "may_break: {settles: x}\nexpect: {version: 1.0.0}\n"))
    assert done.returncode == 1
    assert re.search(r"honest: BROKEN(.|\n)*0 of \d+ reports reached the server", done.stdout)


def test_specimens_and_searches_say_that_they_cannot(brownout: Brownout) -> None:
    path = FAMILY / "535-https-backup-key.yaml"
    done = brownout("explore", path)
    assert done.returncode == 2
    assert "'over: https', whose network is no part of a state" in done.stderr
    done = brownout("run", "--device", "early-pending", path)
    assert "Left out:" in done.stdout
    assert brownout("replay", "https-honest~early-pending@none").returncode == 2
