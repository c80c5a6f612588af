"""The command line: exit statuses, reports that parse, the same bytes each time, bad input."""

import json
import re
import resource
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT, Brownout

VERBS = ["run", "replay", "coverage", "specimens", "verify", "manifest", "keygen", "sign", "release", "serve", "enrol", "log"]
SMALL = "scenarios/1xx-power/104-counter-burn.yaml"
FAMILY = "scenarios/3xx-replay"

# A small scenario that holds; each test of bad input spoils one line of it.
SCENARIO = """\
name: base
summary: A small update under cuts.
covers: [X-1]
device:
  flash: {kind: nor, sector: 512, sectors: 12, program: 128}
  efuse: {counter: 4}
factory: {version: 1.0.0, security: 1, size: 500, header: 32}
update: {version: 1.1.0, security: 2, size: 700, header: 32}
faults: {cut: every, tears: 2, cuts: any}
expect: {version: 1.1.0}
"""

Done = subprocess.CompletedProcess[str]


def write(house: Path, text: str = SCENARIO, name: str = "100-base.yaml") -> Path:
    path = house / "1xx-own" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def spoil(old: str, new: str) -> str:
    assert old in SCENARIO
    return SCENARIO.replace(old, new)


def assert_refused(done: Done, message: str) -> None:
    """Exit 2, the message on stderr, and nothing on stdout."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert done.stdout == ""


def cut_of(done: Done) -> list[str]:
    """The words of the story's first cut, its source line apart, however they are wrapped."""
    text = re.search(r"^  cut .*?(?=^ {0,9}\S)", done.stdout, re.MULTILINE | re.DOTALL)
    assert text, done.stdout
    return re.sub(r"  \w+\.c:\d+$", "", text[0], flags=re.MULTILINE).split()


# ---- help and usage ----


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_an_example_first(brownout: Brownout, verb: str) -> None:
    done = brownout(verb, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"Example:\n  build/brownout {verb} ")
    assert f"Usage: brownout {verb}" in done.stdout


def test_help_of_the_program_names_every_verb(brownout: Brownout) -> None:
    done = brownout("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Example:\n  build/brownout ")
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", done.stdout, re.MULTILINE)


def test_version_is_one_line(brownout: Brownout) -> None:
    done = brownout("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"brownout \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no verb, expected one of"),
        (["fly"], "no verb 'fly', expected one of"),
        (["run"], "no PATH, expected"),
        (["run", "--fly", SMALL], "fly"),
        (["run", "-j", "0", SMALL], "'0', expected a number from 1 to"),
        (["run", "-j", "two", SMALL], "'two', expected a number"),
        (["run", "--shard", "1", SMALL], "'1', expected K/N"),
        (["run", "--shard", "0/2", SMALL], "'0', expected a number from 1 to 2"),
        (["run", "--shard", "3/2", SMALL], "'3', expected a number from 1 to 2"),
        (["run", "--flash", "rom", SMALL], "'rom', expected ram or fuse"),
        (["run", "--flash", "fuse", "--device", "early-pending", SMALL], "in process only"),
        (["run", "--json=x", "--junit=x", SMALL], "expected two files"),
        (["run", "--device", "no-such", SMALL], "--device: no-such: .*expected"),
        (["replay"], "no CASE, expected one such as"),
        (["replay", "a@none", "b@none"], "more than one CASE, expected one"),
        (["verify"], "no image, expected one"),
        (["manifest"], "no manifest, expected one"),
    ],
)
def test_usage_errors_exit_2(brownout: Brownout, arguments: list[str], message: str) -> None:
    assert_refused(brownout(*arguments), message)


# ---- a run that holds ----


def test_run_that_holds_exits_0_with_a_table(brownout: Brownout) -> None:
    done = brownout("run", SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    head, row = done.stdout.splitlines()[:2]
    assert head.split() == ["scenario", "family", "cases", "ops", "lives", "verdict"]
    assert row.split()[:2] == ["counter-burn", "1xx-power"]
    assert row.split()[-1] == "held"
    assert re.search(r"^1 scenario, \d+ cases: held$", done.stdout, re.MULTILINE)
    assert "\033" not in done.stderr, "no bar where stderr is no terminal"


def test_run_says_that_cuts_any_is_one_cut_a_case(brownout: Brownout, house: Path) -> None:
    line = "Scenarios that say cuts: any are run with one cut a case."
    assert line in brownout("run", write(house)).stdout
    one_cut = write(house, spoil("cuts: any", "cuts: 1"))
    assert line not in brownout("run", one_cut).stdout


def test_run_quiet_prints_the_total_alone(brownout: Brownout, house: Path) -> None:
    done = brownout("run", "--quiet", write(house, spoil("cuts: any", "cuts: 1")))
    assert re.fullmatch(r"\n1 scenario, \d+ cases: held\n", done.stdout)
    assert done.stderr == ""


def test_run_takes_directories_and_skips_keys(brownout: Brownout, house: Path) -> None:
    write(house)
    write(house, spoil("name: base", "name: other"), "050-other.yaml")
    (house / "keys" / "not-a-scenario.yaml").write_text("no: scenario\n")
    done = brownout("run", house)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines()[1:3]]
    assert rows == ["other", "base"], "sorted by path"


def test_run_is_the_same_bytes_for_any_number_of_jobs(
    brownout: Brownout, tmp_path: Path
) -> None:
    outputs = []
    for jobs, again in [("1", "a"), ("1", "b"), ("2", "c"), ("3", "d")]:
        json_path, junit_path = tmp_path / f"{again}.json", tmp_path / f"{again}.xml"
        done = brownout(
            "run", "-j", jobs, FAMILY, SMALL, f"--json={json_path}", "--junit", junit_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append((done.stdout, json_path.read_bytes(), junit_path.read_bytes()))
    assert all(output == outputs[0] for output in outputs)


def test_shards_together_are_the_whole(brownout: Brownout, house: Path) -> None:
    path = write(house, spoil("counter: 4}", "counter: 4}").replace("1.1.0}", "1.1.0, counter: 3}"))

    def swept(*options: str) -> dict:
        done = brownout("run", "--json", *options, path)
        assert done.returncode == 1, done.stderr
        return json.loads(done.stdout)["scenarios"][0]

    whole = swept()
    shards = [swept("--shard", f"{k}/3") for k in (1, 2, 3)]
    for key in ("cases", "cases_bad"):
        assert sum(shard[key] for shard in shards) == whole[key]
    for way, count in whole["ways"].items():
        assert sum(shard["ways"][way] for shard in shards) == count
    for rule, judged in whole["rules"].items():
        broken = sum(shard["rules"][rule]["cases_broken"] for shard in shards)
        assert broken == judged["cases_broken"]
    findings = [finding for shard in shards for finding in shard["findings"]]
    findings.sort(key=lambda finding: finding["order"])
    assert findings[: len(whole["findings"])] == whole["findings"]


def test_json_says_what_the_table_says(brownout: Brownout) -> None:
    done = brownout("run", "--json", SMALL)
    assert done.returncode == 0, done.stderr
    root = json.loads(done.stdout)
    (scenario,) = root["scenarios"]
    assert scenario["name"] == "counter-burn"
    assert scenario["path"] == SMALL
    assert scenario["outcome"] == "held"
    assert scenario["cases"] == sum(scenario["ways"].values()) > 100
    assert set(scenario["rules"]) >= {"boots", "trusted", "whole", "fired"}
    assert scenario["covers"] and scenario["findings"] == []


def test_junit_of_a_run_that_holds(brownout: Brownout, tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    assert brownout("run", SMALL, "--junit", path).returncode == 0
    root = ElementTree.parse(path).getroot()
    assert root.tag == "testsuites" and root.get("tests") == "1" and root.get("failures") == "0"
    (case,) = root.iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("1xx-power", "counter-burn")
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert set(properties) == {"cases", "digest", "replay"}
    assert properties["replay"] == f"counter-burn@none#{properties['digest']}"
    assert [item.name for item in tmp_path.iterdir()] == ["out.xml"], "nothing is left beside it"


# ---- a run that does not ----


def test_broken_rule_exits_1_and_its_replay_line_breaks_it_again(
    brownout: Brownout, program: str, tmp_path: Path
) -> None:
    path = tmp_path / "out.xml"
    done = brownout("run", SMALL, "--device", "early-pending", "--junit", path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^counter-burn .* settles: BROKEN$", done.stdout, re.MULTILINE)
    line = re.search(rf"^  replay  {re.escape(program)} replay '(.*)'$", done.stdout, re.MULTILINE)
    assert line, done.stdout
    case = line[1]
    assert case.startswith("counter-burn~early-pending@cut=")
    failure = ElementTree.parse(path).getroot().find(".//failure")
    assert failure is not None
    assert failure.get("message") == "settles: BROKEN"
    assert f"{program} replay '{case}'" in (failure.text or "")

    story = brownout("replay", case)
    assert story.returncode == 1, story.stderr
    assert "verdict  settles: BROKEN\n" in story.stdout
    assert re.search(r"^why      at the end: .* never arrives$", story.stdout, re.MULTILINE)
    assert story.stdout.endswith(f"replay   {program} replay '{case}'\n")


def test_failed_expectation_exits_1(brownout: Brownout, house: Path) -> None:
    path = write(house, spoil("version: 1.1.0}", "version: 1.1.0, counter: 3}"))
    done = brownout("run", path)
    assert done.returncode == 1, done.stderr
    assert "expectation: FAILED" in done.stdout
    assert "security counter 2 at the end, expected 3" in done.stdout
    # The scenario is not below scenarios/, and the line to paste knows.
    case = re.search(r"replay '(.*)' --scenarios (\S+)$", done.stdout, re.MULTILINE)
    assert case and Path(case[2]) == path.parent
    assert brownout("replay", case[1], "--scenarios", case[2]).returncode == 1


def test_excuse_that_nothing_breaks_exits_1(brownout: Brownout, house: Path) -> None:
    done = brownout("run", write(house, SCENARIO + "may_break: {reverts: no reason}\n"))
    assert done.returncode == 1, done.stderr
    assert "reverts: EXCUSED, NEVER BREAKS" in done.stdout
    assert "expected reverts out of may_break in " in done.stdout


def test_fault_that_does_not_happen_exits_2(brownout: Brownout, house: Path) -> None:
    done = brownout("run", write(house, spoil("{cut: every,", "{plan: 'flip=9999:slot_b:0x0.0', cut: every,")))
    assert done.returncode == 2, done.stdout
    assert "fired: ERROR" in done.stdout
    assert re.search(
        r"why     flip=9999:slot_b:0x0.0 did not happen: op 9999: the case has \d+ ops",
        done.stdout,
    )
    assert "base@flip=9999:slot_b:0x0.0#" in done.stdout


def test_xml_is_escaped(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    folder = house / "a&b<c>\"d'"
    folder.mkdir()
    (folder / "100-base.yaml").write_text(spoil("1.1.0}", "1.1.0, counter: 3}"))
    path = tmp_path / "out.xml"
    assert brownout("run", folder, "--junit", path).returncode == 1
    (case,) = ElementTree.parse(path).getroot().iter("testcase")
    assert case.get("classname") == folder.name


def test_what_cannot_run_through_fuse_is_left_out_by_name(
    brownout: Brownout, house: Path, tmp_path: Path
) -> None:
    path = write(house, SCENARIO + "fuse: a reason of its own\n")
    done = brownout("run", "--flash", "fuse", path, "--junit", tmp_path / "out.xml")
    assert done.returncode == 0, done.stderr
    assert "  base: a reason of its own\n" in done.stdout
    assert done.stdout.endswith("\n0 scenarios, 0 cases: none run, 1 left out\n")
    skipped = ElementTree.parse(tmp_path / "out.xml").getroot().find(".//skipped")
    assert skipped is not None and skipped.get("message") == "a reason of its own"


# ---- replay ----


def test_replay_tells_the_story(brownout: Brownout, program: str) -> None:
    done = brownout("replay", "counter-burn@cut=2+12")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "life 1   power comes on"
    cut = re.compile(r"  cut    op 2, program of \d+ bytes at progress_\d\+0x")
    assert any(cut.match(line) for line in lines)
    assert "12 bytes landed, power gone" in done.stdout
    assert "life 2   power comes back" in lines
    assert re.search(r"^         \.\.\. the same in li", done.stdout, re.MULTILINE)
    assert lines[-2] == "verdict  all rules: held"
    replay = rf"replay   {re.escape(program)} replay 'counter-burn@cut=2\+12#[0-9a-f]{{8}}'"
    assert re.fullmatch(replay, lines[-1])
    assert all(len(line) <= 100 for line in lines[:-1])
    assert brownout("replay", "counter-burn@cut=2+12").stdout == done.stdout


def test_replay_names_the_source_line_of_each_op(brownout: Brownout) -> None:
    done = brownout("replay", "counter-burn@none")
    ops = [line for line in done.stdout.splitlines() if re.match(r" {9}ops? \d", line)]
    assert ops
    for line in ops:
        source = re.search(r"  (\w+\.c):(\d+)$", line)
        assert source, line
        text = (ROOT / "device-model" / "firmware" / source[1]).read_text().splitlines()
        assert re.search("HAL_CHANGE|UNITS_PROGRAM", text[int(source[2]) - 1])


def test_replay_tells_of_faults_at_rest(brownout: Brownout) -> None:
    done = brownout("replay", "counter-burn@flip=0:slot_b:0x90.3,cut=2+0~,erase=2:bootctl_1")
    assert "  fault  bit 3 of slot_b+0x90 flips\n" in done.stdout
    assert "  fault  other hands erase bootctl_1\n" in done.stdout
    assert "0 bytes landed, the word after them is weak, power gone" in " ".join(cut_of(done))


def test_replay_as_json(brownout: Brownout) -> None:
    done = brownout("replay", "counter-burn@cut=2+12", "--json")
    assert done.returncode == 0, done.stderr
    root = json.loads(done.stdout)
    assert root["case"].startswith("counter-burn@cut=2+12#")
    assert root["good"] is True
    ops = [
        event for life in root["lives"] for event in life["events"] if event["event"] == "op"
    ]
    assert [op["op"] for op in ops] == list(range(1, root["ops"] + 1))
    assert [op["op"] for op in ops if op["cut"]] == [2]


def test_replay_takes_its_digest_whole_or_its_first_four(brownout: Brownout) -> None:
    done = brownout("replay", "counter-burn@none")
    digest = re.search(r"#([0-9a-f]{8})'$", done.stdout, re.MULTILINE)
    assert digest
    assert brownout("replay", f"counter-burn@none#{digest[1]}").returncode == 0
    assert brownout("replay", f"counter-burn@none#{digest[1][:4]}").returncode == 0


def test_replay_refuses_another_digest(brownout: Brownout) -> None:
    done = brownout("replay", "counter-burn@none#00000000")
    assert_refused(done, r"^\S+/104-counter-burn\.yaml: digest #00000000, expected #[0-9a-f]{8}: ")
    assert "cannot tell" in done.stderr


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("counter-burn", "character 13: no plan, expected '@'"),
        ("@none", "character 1: no scenario, expected a name"),
        ("counter-burn~@none", "no device, expected a name"),
        ("counter-burn@", "plan, character 1: no such fault, expected"),
        ("counter-burn@cut=0+0", "expected"),
        ("counter-burn@cut=5+0,cut=4+0", "expected one after the cut before it"),
        ("counter-burn@none#xyz", "no digest, expected 4 or 8"),
        ("no-such@none", "no scenario no-such below scenarios, expected a file NUMBER-no-such"),
        ("counter-burn~no-such@none", "no such specimen is built, expected"),
    ],
)
def test_replay_refuses_what_is_no_case(brownout: Brownout, case: str, message: str) -> None:
    done = brownout("replay", case)
    assert_refused(done, message)
    assert done.stderr.startswith(f"{case}: ")


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("cut=9999+12", r"cut=9999\+12 did not happen: op 9999: the case has \d+ ops, expected"),
        ("cut=1+4.3", r"op 1 is an erase of progress_0\+0x0, \d+ bytes, and cannot be cut so"),
        ("cut=2+99999", r"op 2 is a program of progress_0\+0x0, \d+ bytes, and cannot be cut so"),
        ("weak=1:before", "life 1 reads weak cells 0 times"),
        ("weak=77:mix", r"life 77: the case has \d+ lives"),
        ("flip=9999:slot_a:0x0.0", r"op 9999: the case has \d+ ops"),
        ("flip=0:slot_a:0xfffffff.0", "offset 0xfffffff is outside slot_a, which has 0x"),
        ("erase=0:slot_b", "slot_b was erased then"),
        ("flip=read.99999:slot_a:0x0.0", "there were fewer than 99999, or it changed nothing"),
        ("rot=0:efuse:1000.1", "efuse has fewer bits"),
        ("clock=9999:stops", r"op 9999: the case has \d+ ops"),
        ("cut=3+0/2", r"op 3 is .*, and cannot be cut so"),
        ("write=0:slot_b:nobody", "the scenario has no release 'nobody'"),
    ],
)
def test_replay_names_the_fault_that_did_not_happen(
    brownout: Brownout, plan: str, message: str
) -> None:
    assert_refused(brownout("replay", f"counter-burn@{plan}"), message)


# ---- bad input: said with file and line, and nothing run or written ----


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("summary: A", "sumary: A", r":2: scenario has an unknown key 'sumary', expected one of"),
        ("sector: 512", "sector: 4k", r":5: sector is '4k', expected a whole number"),
        ("covers: [X-1]", "covers: X-1", r":3: covers is a single value, expected a list"),
        ("sector: 512", "sector: 500", r":5: sector is 500 bytes, expected a multiple of the"),
        ("size: 700", "size: 90000", r":8: image of update has .*, expected at most the slot's"),
        ("1.1.0, security: 2", "1.1.0, key: lost, security: 2", r":8: key 'lost'.*, expected"),
        ("cut: every", "plan: cut=1, cut: every", r":9: .*, expected"),
        ("[X-1]", "[X-1", r":\d+: .*, expected YAML"),
    ],
)
def test_bad_scenario_is_refused_with_its_line(
    brownout: Brownout, house: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    write(house)
    bad = write(house, spoil(old, new).replace("name: base", "name: bad"), "200-bad.yaml")
    before = sorted(tmp_path.rglob("*"))
    done = brownout("run", house, f"--json={tmp_path}/out.json", "--junit", tmp_path / "out.xml")
    assert_refused(done, f"^{re.escape(str(bad))}{message}")
    assert done.stderr.count("\n") == 1, "one line for one mistake"
    assert sorted(tmp_path.rglob("*")) == before


def test_every_bad_scenario_is_named(brownout: Brownout, house: Path) -> None:
    for number in (1, 2):
        text = spoil("summary", "sumary").replace("name: base", f"name: bad-{number}")
        write(house, text, f"{number}-bad-{number}.yaml")
    done = brownout("run", house)
    assert_refused(done, r"1-bad-1\.yaml:2: ")
    assert_refused(done, r"2-bad-2\.yaml:2: ")


def test_missing_and_unreadable_files_are_refused(brownout: Brownout, tmp_path: Path) -> None:
    assert_refused(brownout("run", tmp_path / "none.yaml"), r"/none\.yaml: .*, expected")
    assert_refused(brownout("run", tmp_path), "no scenarios, expected files")
    # A folder in a file's place cannot be read by anybody, root included.
    (tmp_path / "key.pem").mkdir()
    image = ROOT / "tests" / "vectors" / "imgtool" / "ecdsa-p256_h20_p0.bin"
    done = brownout("verify", image, "--key", tmp_path / "key.pem")
    assert_refused(done, r"key\.pem: .*expected")


def test_unreadable_key_is_refused(brownout: Brownout, house: Path) -> None:
    key = house / "keys" / "vendor.pem"
    key.unlink()
    key.mkdir()
    path = write(house)
    assert_refused(brownout("run", path), rf"^{re.escape(str(path))}:\d+: key 'vendor'.*, expected")


def test_two_scenarios_of_one_name_are_refused(brownout: Brownout, house: Path) -> None:
    write(house)
    write(house, name="101-base.yaml")
    assert_refused(brownout("run", house), r"101-base\.yaml: named base like .*100-base\.yaml, exp")


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_output_that_cannot_be_written_is_refused_before_the_run(
    brownout: Brownout, tmp_path: Path, option: str
) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "no" / "out", Path("/dev/null")):
        done = brownout("run", SMALL, f"{option}={path}")
        assert_refused(done, rf"^{re.escape(str(path))}: .*, expected a file that can be written")


@pytest.mark.long
def test_each_scenario_takes_less_than_a_second_or_says_why(brownout: Brownout) -> None:
    for path in sorted((ROOT / "scenarios").glob("?xx-*/*.yaml")):
        if "\nlong: " in path.read_text():
            continue
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert brownout("run", "-j1", path).returncode == 0, path
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        assert seconds < 1, f"{path.name}: {seconds:.1f} s, expected less, or long: and why"
