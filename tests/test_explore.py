"""Verbs explore and shrink: exit statuses, what they print, files that parse, bad input."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import Brownout

SMALLEST = "scenarios/1xx-power/110-smallest-update.yaml"
BURN = "scenarios/1xx-power/104-counter-burn.yaml"
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"

# One copy of bootctl is lost and is mended: so few states that the search closes at once.
SCENARIO = """\
name: mended
summary: One copy of bootctl is lost.
device:
  flash: {kind: nor, sector: 512, sectors: 10, program: 128}
  efuse: {counter: 2}
factory: {version: 1.0.0, security: 1, size: 500, header: 32}
faults: {plan: 'erase=0:bootctl_0', cut: every, tears: 2, cuts: any}
"""

Done = subprocess.CompletedProcess[str]


def write(house: Path, text: str = SCENARIO) -> Path:
    path = house / "100-mended.yaml"
    path.write_text(text)
    return path


def assert_refused(done: Done, message: str) -> None:
    """Exit 2, the message on stderr, and nothing on stdout."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert done.stdout == ""


# ---- help and usage ----


@pytest.mark.parametrize("verb", ["explore", "shrink"])
def test_help_shows_an_example_first(brownout: Brownout, verb: str) -> None:
    done = brownout(verb, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"Example:\n  build/brownout {verb} ")
    assert re.search(rf"^  {verb} ", brownout("--help").stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explore"], "no SCENARIO, expected one"),
        (["explore", BURN, SMALLEST], "more than one SCENARIO, expected one"),
        (["explore", "--depth", "0", BURN], "'0', expected a number from 1 to"),
        (["explore", "--tears", "most", BURN], "'most', expected a number from 0 to"),
        (["explore", "--memory", "0", BURN], "'0', expected a number from 1 to"),
        (["explore", "--graph", "x.png", BURN], "expected a name that ends in .dot or .graphml"),
        (["explore", "--json=x", "--certificate=x", BURN], "expected a file for each"),
        (["explore", "--device", "no-such", BURN], "--device: no-such: .*expected"),
        (["explore", "no-such.yaml"], r"^no-such\.yaml:1: .*, expected"),
        (["shrink"], "no CASE, expected one such as"),
        (["shrink", "a@none", "b@none"], "more than one CASE, expected one"),
        (["shrink", "counter-burn"], "^counter-burn: character 13: no plan, expected"),
        (["shrink", "no-such@none"], "no scenario no-such below scenarios, expected"),
        (["shrink", "counter-burn~no-such@none"], "no such specimen is built, expected"),
        (["shrink", "counter-burn@none#00000000"], "digest #00000000, expected #"),
        (["shrink", "counter-burn@cut=9999+1"], r"cut=9999\+1 did not happen: op 9999"),
    ],
)
def test_bad_input_exits_2(brownout: Brownout, arguments: list[str], message: str) -> None:
    assert_refused(brownout(*arguments), message)


@pytest.mark.parametrize("option", ["--json", "--graph", "--certificate"])
def test_output_that_cannot_be_written_is_refused_before_the_search(
    brownout: Brownout, tmp_path: Path, option: str
) -> None:
    done = brownout("explore", BURN, f"{option}={tmp_path}/no/out.dot")
    assert_refused(done, "expected a file that can be written")


# ---- a search that holds ----


def test_search_that_closes(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    certificate, path = tmp_path / "proof.json", write(house)
    done = brownout("explore", path, "--certificate", certificate)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"scenario  mended, {path}\ndevice    the reference firmware\n")
    assert done.stdout.endswith("\nclosed: the rules hold for any number of cuts, anywhere\n")
    assert "limits    weak cells: a choice a life" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    assert re.search(r"^\d+ states in ", done.stderr, re.MULTILINE)
    assert "\033" not in done.stderr, "no bar where stderr is no terminal"

    root = json.loads(certificate.read_text())
    assert set(root["rules"]) >= {"boots", "trusted", "whole", "settles"}
    assert (root["scenario"], root["device"], root["tears"]) == ("mended", None, 2)
    assert len(root["firmware_digest"]) == len(root["scenario_digest"]) == 64
    assert len(root["states_digest"]) == 32
    assert f"\nstates    {root['states']}, of which " in done.stdout
    assert root["ways_of_cutting"] and root["limits"]


def test_search_is_the_same_bytes_each_time(
    brownout: Brownout, house: Path, tmp_path: Path
) -> None:
    outputs = []
    for again in "ab":
        files = [tmp_path / (again + end) for end in (".json", ".dot", ".graphml", ".proof")]
        texts = [
            brownout(
                "explore", write(house), f"--json={files[0]}", "--graph", graph,
                "--certificate", files[3],
            ).stdout
            for graph in files[1:3]
        ]
        outputs.append((texts, [file.read_bytes() for file in files]))
    assert outputs[0] == outputs[1]


def test_exact_search_comes_to_the_same(brownout: Brownout, house: Path) -> None:
    path = write(house)
    merged = json.loads(brownout("explore", "--json", path).stdout)
    exact = json.loads(brownout("explore", "--json", "--exact", path).stdout)
    assert merged["closed"] and exact["closed"] and merged["held"] and exact["held"]
    assert exact["passes"] == 1 and exact["exact"] and set(exact["dead_bytes"].values()) == {"kept"}
    assert merged["lives_to_rest"] == exact["lives_to_rest"]


def test_depth_that_stops_the_search_is_named(
    brownout: Brownout, house: Path, tmp_path: Path
) -> None:
    certificate = tmp_path / "proof.json"
    done = brownout("explore", write(house), "--depth", "1")
    assert done.returncode == 0, done.stderr
    assert "\nnot closed: stopped by --depth 1\n  --depth 2 goes one cut further" in done.stdout
    done = brownout("explore", write(house), "--depth", "1", "--certificate", certificate)
    assert done.returncode == 1, "a certificate was expected"
    assert "proof.json: not written, as the search is not closed" in done.stderr
    assert not certificate.exists()


def test_memory_that_stops_the_search_is_named(brownout: Brownout) -> None:
    done = brownout("explore", "scenarios/1xx-power/102-ab-update-small.yaml", "--memory", "1")
    assert done.returncode == 0, done.stderr
    assert "\nnot closed: stopped by --memory 1\n  --memory 2 or more goes on" in done.stdout


def test_json_says_what_the_text_says(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    text = brownout("explore", write(house), f"--json={path}").stdout
    root = json.loads(path.read_text())
    assert brownout("explore", write(house), "--json").stdout == path.read_text()
    assert root["closed"] is True and root["bound"] is None and root["violations"] == []
    assert root["cuts"] == sum(root["cuts_by_way"].values())
    for word, key in [("states", "states"), ("lives", "lives"), ("ops", "ops"), ("cuts", "cuts")]:
        assert re.search(rf"^{word} +{root[key]}\b", text, re.MULTILINE)
    assert root["cuts_in_a_row_case"] in text and root["lives_to_rest_case"] in text


# ---- the graph ----


def test_graphml_parses_and_is_whole(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.graphml"
    root = json.loads(brownout("explore", write(house), "--json", "--graph", path).stdout)
    graph = ElementTree.parse(path).getroot().find(f"{GRAPHML}graph")
    assert graph is not None and graph.get("edgedefault") == "directed"
    nodes = [node.get("id") for node in graph.iter(f"{GRAPHML}node")]
    assert nodes == [f"s{i}" for i in range(root["states"])]
    reached = {"s0"}
    for edge in graph.iter(f"{GRAPHML}edge"):
        assert edge.get("source") in nodes
        reached.add(edge.get("target") or "")
    assert reached == set(nodes), "every state but the first is where an edge leads"


def test_dot_parses_and_is_whole(brownout: Brownout, house: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.dot"
    root = json.loads(brownout("explore", write(house), "--json", "--graph", path).stdout)
    head, *lines, tail = path.read_text().splitlines()
    assert (head, tail) == ('digraph "mended" {', "}")
    node = re.compile(r'\ts\d+ \[label="[^"]*"(, peripheries=2)?\];')
    edge = re.compile(r'\ts\d+ -> s\d+ \[label="[^"]*"(, style=dashed)?\];')
    assert lines.pop(0) == "\tnode [shape=box];"
    assert sum(bool(node.fullmatch(line)) for line in lines) == root["states"]
    assert all(node.fullmatch(line) or edge.fullmatch(line) for line in lines)
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tcanon", path], check=True, capture_output=True, timeout=60)


# ---- a search that does not hold ----


def test_broken_rule_exits_1_and_its_replay_line_breaks_it_again(
    brownout: Brownout, program: str, tmp_path: Path
) -> None:
    certificate = tmp_path / "proof.json"
    arguments = ("explore", SMALLEST, "--device", "record-unhealed", "--depth")
    assert brownout(*arguments, "2").returncode == 0, "two cuts do not show it"
    done = brownout(*arguments, "3", "--certificate", certificate)
    assert done.returncode == 1, done.stderr
    assert not certificate.exists()
    assert "proof.json: not written, as the rules did not hold" in done.stderr
    found = re.search(
        rf"^honest: BROKEN\n  cuts    3, .*\n  why     (.*)\n"
        rf"  replay  {re.escape(program)} replay '(.*)'$",
        done.stdout,
        re.MULTILINE,
    )
    assert found, done.stdout
    story = brownout("replay", found[2])
    assert story.returncode == 1, story.stderr
    assert "  honest: BROKEN\n" in story.stdout and found[1] in story.stdout
    root = json.loads(brownout(*arguments, "3", "--json").stdout)
    honest = next(item for item in root["violations"] if item["rule"] == "honest")
    assert (honest["case"], honest["cuts"], honest["why"]) == (found[2], 3, found[1])


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("hash-unchecked", "control failed: with a bit of the factory image flipped, the image"),
        ("mirror-always", "control failed: without a cut, settles: "),
    ],
)
def test_control_that_fails_exits_2(brownout: Brownout, device: str, message: str) -> None:
    assert_refused(brownout("explore", BURN, "--device", device), message)


@pytest.mark.long
def test_words_told_apart_hold_five_cuts_deep_and_find_the_mark_that_was_kept(
    brownout: Brownout,
) -> None:
    arguments = ("explore", BURN, "--weak", "bit", "--depth", "5")
    held = brownout(*arguments)
    assert held.returncode == 0, held.stdout
    done = brownout(*arguments, "--device", "complete-kept")
    assert done.returncode == 1, done.stderr
    found = re.search(r"^boots: BROKEN\n(?:  .*\n)*?  replay  .* '(.*)'$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    # The device is dark in a life after which no other comes: the case says so of all of them.
    assert re.search(r",weak=\d+\+:before#", found[1])
    story = brownout("replay", found[1])
    assert story.returncode == 1 and "from here on" in story.stdout


def test_search_without_a_cut_exits_2(brownout: Brownout, house: Path) -> None:
    text = SCENARIO.replace("plan: 'erase=0:bootctl_0', ", "")
    assert_refused(brownout("explore", write(house, text)), "no op was cut, expected a device that")


def test_plan_that_names_an_op_is_refused(brownout: Brownout, house: Path) -> None:
    text = SCENARIO.replace("erase=0:bootctl_0", "erase=2:bootctl_0")
    assert_refused(brownout("explore", write(house, text)), "fault after op 0, expected|control")


# ---- shrink ----


def test_shrink_prints_the_minimal_case(brownout: Brownout, program: str) -> None:
    bloated = "cut=1+0,cut=40+51,cut=45+51,cut=51+0~,weak=7:before,cut=90+0"
    done = brownout("shrink", f"smallest-update~record-unhealed@{bloated}")
    assert done.returncode == 1, done.stderr
    assert re.search(r"^tried    \d+ cases$", done.stdout, re.MULTILINE)
    assert re.search(r"^faults   4 of 6$", done.stdout, re.MULTILINE)
    assert re.search(r"^verdict  honest: BROKEN$", done.stdout, re.MULTILINE)
    line = done.stdout.splitlines()[-1]
    assert line.startswith(f"replay   {program} replay 'smallest-update~record-unhealed@")
    case = line.split("'")[1]
    assert "@cut=39+all,cut=44+all,cut=50+0~,weak=6:before#" in case
    assert brownout("replay", case).returncode == 1
    again = brownout("shrink", case)
    assert again.returncode == 1 and again.stdout.splitlines()[-1] == line


def test_shrink_of_a_case_that_breaks_nothing_exits_0(brownout: Brownout) -> None:
    done = brownout("shrink", "counter-burn@cut=3+12")
    assert done.returncode == 0, done.stderr
    assert "verdict  all rules: held; there is nothing to shrink\n" in done.stdout


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        ("5xx-network/506-damage-once.yaml", "attack.wire or attack.probes changes what comes, expected an attack"),
        ("1xx-power/162-goes-on.yaml", "expect.erases counts wear, which a search leaves out, expected none"),
        ("3xx-replay/313-slots-swapped.yaml", "faults.plan has a fault at rest, read or jump, expected faults at the"),
        ("1xx-power/170-block-cache.yaml", "kind is 'block', whose volatile cache is no part of a state yet"),
        ("2xx-corruption/224-stuck-efuse.yaml", "faults.plan has a fault after op 0, expected faults at the"),
    ],
)
def test_what_a_state_does_not_hold_is_refused(brownout: Brownout, scenario: str, message: str) -> None:
    done = brownout("explore", f"scenarios/{scenario}")
    assert done.returncode == 2
    assert f"{scenario}: {message}" in done.stderr
    assert done.stdout == ""
