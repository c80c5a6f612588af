"""What make mcdc makes of coverage and of the reasons, on a function made up for it, and what make
fuzz-coverage says of corpora that reach too little. The firmware's own coverage is make mcdc's."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import mcdc
import pytest
from conftest import ROOT

SOURCE = """int f(int a, int b)
{
	if (a && b)
		return 1;
	if (a)
		return 2;
	return a ? 3 : 4;
}
"""
BRANCH, MCDC_BRANCH = mcdc.BRANCH, mcdc.MCDC_BRANCH


@pytest.fixture
def export(tmp_path: Path) -> dict[str, Any]:
    """All of it covered, as llvm-cov says it."""
    (tmp_path / "f.c").write_text(SOURCE)
    function = {
        "name": "f.c:f",
        "filenames": [str(tmp_path / "f.c")],
        "branches": [
            [3, 6, 3, 7, 1, 1, 0, 0, MCDC_BRANCH],
            [3, 11, 3, 12, 1, 1, 0, 0, MCDC_BRANCH],
            [5, 6, 5, 7, 1, 1, 0, 0, BRANCH],
            [7, 9, 7, 10, 1, 1, 0, 0, BRANCH],
        ],
        "mcdc_records": [[3, 6, 3, 12, 0, 5, [True, True]]],
    }
    return {"data": [{"functions": [function]}]}


def judge(tmp_path: Path, export: dict[str, Any], reasons: str = "") -> tuple[int, str]:
    (tmp_path / "reasons").write_text(reasons)
    (tmp_path / "export.json").write_text(json.dumps(export))
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "tests/mcdc.py", tmp_path / "export.json", tmp_path / "reasons"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_covered_firmware_needs_no_reason(tmp_path: Path, export: dict[str, Any]) -> None:
    assert judge(tmp_path, export) == (0, "mcdc: 4 of 4 conditions, 100.0 %; 0 not, 0 reasons\n")


def test_condition_that_never_decided_alone_is_red_without_a_reason(
    tmp_path: Path, export: dict[str, Any]
) -> None:
    export["data"][0]["functions"][0]["mcdc_records"][0][-1] = [True, False]
    status, said = judge(tmp_path, export)
    assert status == 1 and "f.c:f: b: never alone, expected a test" in said
    assert "mcdc: 3 of 4 conditions, 75.0 %; 1 not, 0 reasons" in said
    assert judge(tmp_path, export, "f.c:f: b -- nobody can call it so\n")[0] == 0


@pytest.mark.parametrize(("column", "never"), [(4, "true"), (5, "false")])
def test_decision_that_came_out_one_way_is_red_without_a_reason(
    tmp_path: Path, export: dict[str, Any], column: int, never: str
) -> None:
    """The second and third a of the function that are decisions of their own."""
    export["data"][0]["functions"][0]["branches"][3][column] = 0
    status, said = judge(tmp_path, export)
    assert status == 1 and f"f.c:f: a #3: never {never}, expected a test" in said
    assert judge(tmp_path, export, "f.c:f: a #3 -- nobody can call it so\n")[0] == 0
    assert judge(tmp_path, export, "f.c:f: a #2 -- nobody can call it so\n")[0] == 1


def test_reason_whose_condition_is_covered_is_red(tmp_path: Path, export: dict[str, Any]) -> None:
    status, said = judge(tmp_path, export, "f.c:f: b -- nobody can call it so\n")
    assert status == 1 and "f.c:f: b: has a reason and is covered, expected no line" in said


def test_reason_without_a_condition_is_red(tmp_path: Path, export: dict[str, Any]) -> None:
    status, said = judge(tmp_path, export, "f.c:f: gone -- nobody can call it so\n")
    assert status == 1 and "f.c:f: gone: has a reason and is no condition" in said


@pytest.mark.parametrize("line", ["f.c:f: b", "f.c:f: b -- ", "f.c:f: b -- never", "f.c:f: b: so so so so"])
def test_line_without_a_reason_is_refused(tmp_path: Path, export: dict[str, Any], line: str) -> None:
    export["data"][0]["functions"][0]["mcdc_records"][0][-1] = [True, False]
    status, said = judge(tmp_path, export, line + "\n")
    assert status == 1 and "reasons:1: no reason, expected FILE:FUNCTION: CONDITION -- REASON" in said


def test_lines_that_move_keep_their_keys(tmp_path: Path, export: dict[str, Any]) -> None:
    before = list(mcdc.keys(mcdc.conditions(export)))
    (tmp_path / "f.c").write_text("\n\n" + SOURCE)
    function = export["data"][0]["functions"][0]
    for region in function["branches"] + function["mcdc_records"]:
        region[0] += 2
        region[2] += 2
    assert list(mcdc.keys(mcdc.conditions(export))) == before


def test_any_copy_of_a_function_may_show_it(tmp_path: Path, export: dict[str, Any]) -> None:
    """A function of a header is in each file that includes it."""
    functions = export["data"][0]["functions"]
    functions.append(copy.deepcopy(functions[0]))
    functions[0]["mcdc_records"][0][-1] = [True, False]
    functions[1]["mcdc_records"][0][-1] = [False, True]
    assert judge(tmp_path, export)[0] == 0


def test_export_without_a_condition_is_red(tmp_path: Path) -> None:
    """As one is of a program that was not made to be counted."""
    assert judge(tmp_path, {"data": [{"functions": []}]})[0] == 1


def test_export_that_is_not_understood_is_no_pass(tmp_path: Path, export: dict[str, Any]) -> None:
    export["data"][0]["functions"][0]["mcdc_records"][0][-1] = [True, True, True]
    status, said = judge(tmp_path, export)
    assert status == 1 and "2 conditions and 3 results, expected as many" in said


def test_corpora_that_reach_too_little_are_red(tmp_path: Path) -> None:
    """One target reaches none of the firmware."""
    subprocess.run(["make", "-s", "build/coverage/fuzz/plan"], cwd=ROOT, check=True)
    done = subprocess.run(
        ["fuzz/coverage.sh", "plan"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "corpora reach 0 % of the firmware's lines and 0 % of its branches, expected more" in done.stderr
