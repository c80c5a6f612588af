"""Builds the mutants of tests/mutants.py, runs scenarios on each until one kills it, and counts.

    python3 tests/mutants_run.py [--jobs N] [--sample] [--again] [FILE.c...]

A mutant whose object code is the reference's, or another mutant's, says nothing of its own and is left
out. What survives must stand in device-model/mutants/survivors.txt with its reason.
"""

import argparse
import hashlib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import mutants
from mutants import FIRMWARE, ROOT, Mutant

BUILD = ROOT / "build" / "mutants"
OBJECTS = BUILD / "objects"
SHARED = BUILD / "specimens"  # where the program that runs them looks
RESULTS = BUILD / "results.json"
SURVIVORS = ROOT / "device-model" / "mutants" / "survivors.txt"
TABLE = ROOT / "docs" / "mutants.md"
EXPLORED = ROOT / "scenarios" / "1xx-power" / "110-smallest-update.yaml"
UNITS = BUILD / "units"  # unit tests of the firmware, which is a library there
UNIT_SECONDS = 60
COMPILE = ["gcc", "-std=c11", "-ffreestanding", "-O2", "-fPIC", "-w", "-I.", "-x", "c", "-c", "-"]
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
LINK = ["ld", "-shared", "-Bsymbolic", "-o"]
DIGEST = "#include <stdint.h>\nextern const uint8_t specimen_digest[32];\nconst uint8_t specimen_digest[32] = {0};\n"
HEADERS = "".join(p.read_text() for p in [ROOT / "device-model" / "hal.h", *sorted(FIRMWARE.glob("*.h"))])
SAMPLE = 40  # one mutant of so many
# What outlives a cut is theirs; the others read bytes and say yes or no, as often as they are asked.
STATEFUL = {"agent.c", "bootctl.c", "bootloader.c", "download.c", "fuse.c", "journal.c", "record.c", "units.c"}
UNITS_READ = ["command", "image_der", "image_rules", "image_forged", "maker", "image", "cbor", "manifest", "guards_manifest", "guards_image"]
UNITS_LIVE = ["bootloader", "agent", "journal", "download", "read_again", "provision", "guards", "failing_hal"]
EQUIVALENT, ALIVE, UNIT_KILLED = "equivalent", "alive", "killed by a unit test"


@dataclass
class Outcome:
    mutant: Mutant
    state: str  # killed, killed by a unit test, survived, same code, twin, no code
    by: str = ""  # the scenario that killed it, the mutant that it is the twin of


def compile_text(text: str, path: Path, target: Path, flags: Iterable[str] = ()) -> bool:
    """As if it stood in the file: positions that the firmware logs stay what they are."""
    named = f'# 1 "{path.relative_to(ROOT)}"\n{text}'
    done = subprocess.run([*COMPILE, *flags, "-o", target], cwd=ROOT, input=named.encode(), stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def build_reference() -> dict[str, Path]:
    """The object of every file of the firmware, and the digest that a specimen carries."""
    OBJECTS.mkdir(parents=True, exist_ok=True)
    SHARED.mkdir(parents=True, exist_ok=True)
    objects = {}
    for path in sorted(FIRMWARE.glob("*.c")):
        objects[path.name] = OBJECTS / f"{path.stem}.o"
        if not compile_text(path.read_text(), path, objects[path.name]):
            sys.exit(f"{path}: does not compile, expected firmware that does (make)")
    objects["digest"] = OBJECTS / "digest.o"
    compile_text(DIGEST, FIRMWARE / "digest.c", objects["digest"])
    return objects


def object_of(mutant: Mutant) -> Path:
    """Where its object is: the headers that it includes are part of the name, so that it can be kept."""
    text = mutant.apply((FIRMWARE / mutant.file).read_text())
    return OBJECTS / f"{hashlib.sha256((HEADERS + text).encode()).hexdigest()[:32]}.o"


def code_of(mutant: Mutant) -> str:
    """What the compiler makes of it; empty: nothing."""
    path = FIRMWARE / mutant.file
    target = object_of(mutant)
    if not target.exists() and not compile_text(mutant.apply(path.read_text()), path, target):
        target.write_bytes(b"")
    data = target.read_bytes()
    return hashlib.sha256(data).hexdigest() if data else ""


def compile_all(listed: list[Mutant], objects: dict[str, Path], jobs: int) -> list[Outcome]:
    """Which mutants have code of their own. The first of twins stands for them all."""
    known = {hashlib.sha256(o.read_bytes()).hexdigest(): name for name, o in objects.items()}
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, code in zip(listed, pool.map(code_of, listed), strict=True):
            if not code:
                outcomes.append(Outcome(mutant, "no code"))
            elif known.get(code) == mutant.file:
                outcomes.append(Outcome(mutant, "same code"))
            elif code in known:
                outcomes.append(Outcome(mutant, "twin", known[code]))
            else:
                known[code] = mutant.key
                outcomes.append(Outcome(mutant, "to run"))
    return outcomes


def units_of(file: str) -> list[Path]:
    """The tests of what this file is used for, quick ones first."""
    names = [*UNITS_READ, *UNITS_LIVE] if file == "image.c" else UNITS_LIVE if file in STATEFUL | {"provision.c"} else UNITS_READ
    if file in {"record.c", "units.c"}:
        names = [*names, "record"]
    return [UNITS / f"{name}_test" for name in names]


def unit_that_fails(path: Path, text: str) -> str:
    """The first unit test that fails, sanitizers and all, if this stands in the file; empty: none."""
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        target = Path(folder) / path.with_suffix(".o").name
        if not compile_text(text, path, target, SANITIZE):
            sys.exit(f"{path}, changed: does not compile with sanitizers, expected it to as it does without")
        sanitized = ROOT / "build" / "sanitized" / "device-model" / "firmware"
        parts = [target, *(p for p in sorted(sanitized.glob("*.o")) if p.name != target.name)]
        library = Path(folder) / "libfirmware.so"
        subprocess.run(["gcc", *SANITIZE, "-shared", "-Wl,-soname,libfirmware.so", *parts, "-o", library], check=True)
        options = "detect_leaks=0:handle_segv=0:allow_user_segv_handler=1"
        settings = {**os.environ, "LD_LIBRARY_PATH": folder, "ASAN_OPTIONS": options}
        for unit in units_of(path.name):
            try:
                done = subprocess.run([unit], cwd=ROOT, env=settings, capture_output=True, timeout=UNIT_SECONDS, check=False)
            except subprocess.TimeoutExpired:
                return unit.name
            if done.returncode != 0:
                return unit.name
    return ""


class Runner:
    """The program that runs scenarios on mutants, for one thread."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        # Those that live in one process: no fleet, no device with a network of its own.
        scenarios = sorted(
            str(p) for p in (ROOT / "scenarios").glob("?xx-*/*.yaml") if not re.search(r"^(fleet|over):", p.read_text(), re.MULTILINE)
        )
        self.process = subprocess.Popen(
            [BUILD / "run", "-" if quick else EXPLORED, *scenarios], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, name: str, word: str) -> str:
        """Which scenario kills it, and how; empty: none."""
        print(name + word, file=self.process.stdin, flush=True)
        words = self.process.stdout.readline().rstrip("\n").split("\t")
        if len(words) != 5:
            sys.exit(f"{BUILD / 'run'}: no answer for {name}, expected one (it says why above)")
        return " ".join(words[2:]) if words[1] == "killed" else ""

    def judge(self, name: str, parts: Iterable[Path], mutant: Mutant | None) -> tuple[str, str]:
        """Scenarios, then unit tests, then the search, which takes longest. None: the reference."""
        shared = SHARED / f"{name}.so"
        subprocess.run([*LINK, shared, *parts], check=True)
        by = self.ask(name, "")
        path = FIRMWARE / (mutant.file if mutant else "agent.c")
        text = path.read_text()
        unit = "" if by else unit_that_fails(path, mutant.apply(text) if mutant else text)
        if unit:
            shared.unlink()
            return UNIT_KILLED, unit
        if not by and not self.quick and (mutant is None or mutant.file in STATEFUL):
            by = self.ask(name, " search")
        shared.unlink()
        return ("killed", by) if by else ("survived", "")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def run_all(outcomes: list[Outcome], objects: dict[str, Path], jobs: int, quick: bool) -> None:
    waiting: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    # In an order that has nothing to do with the files: what is done at any time is a fair sample.
    todo = sorted((o for o in outcomes if o.state == "to run"), key=lambda o: o.mutant.name)
    for outcome in todo:
        waiting.put(outcome)
    done: list[Outcome] = []

    def work() -> None:
        runner = Runner(quick)
        while True:
            try:
                outcome = waiting.get_nowait()
            except queue.Empty:
                break
            mutant = outcome.mutant
            parts = {**objects, mutant.file: object_of(mutant)}
            outcome.state, outcome.by = runner.judge(mutant.name, parts.values(), mutant)
            done.append(outcome)
            if len(done) % 50 == 0:
                save_results(outcomes)
                survived = sum(o.state == "survived" for o in done)
                print(f"{len(done)} of {len(todo)}, {survived} survive", file=sys.stderr, flush=True)
        runner.close()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check_reference(objects: dict[str, Path], quick: bool) -> None:
    """The control: what is not a mutant must live."""
    runner = Runner(quick)
    state, by = runner.judge("reference", objects.values(), None)
    runner.close()
    if state != "survived":
        sys.exit(f"the reference firmware is killed by {by}, expected it to hold in all scenarios")


def listed_survivors() -> dict[str, tuple[str, str]]:
    """Key of each mutant that may survive, with kind and reason. See the head of the file."""
    found: dict[str, tuple[str, str]] = {}
    kind = reason = ""
    for number, line in enumerate(SURVIVORS.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        head = re.match(rf"^({EQUIVALENT}|{ALIVE}): (.+)$", line)
        if head:
            kind, reason = head[1], head[2]
        elif line.startswith("  "):
            reason += " " + line.strip()
        elif not kind or line in found:
            sys.exit(f"{SURVIVORS}:{number}: {line}, expected once, and below a reason")
        else:
            found[line] = (kind, reason)
    return found


def in_sample(mutant: Mutant) -> bool:
    return int(mutant.name[1:], 16) % SAMPLE == 0


def load_results() -> dict[str, tuple[str, str]]:
    if not RESULTS.exists():
        return {}
    return {o["key"]: (o["state"], o["by"]) for o in json.loads(RESULTS.read_text()) if o["state"] != "to run"}


def save_results(outcomes: list[Outcome]) -> None:
    """Beside those of mutants that were not run this time."""
    done = {o.mutant.key: (o.state, o.by) for o in outcomes if o.state != "to run"}
    results = load_results() | done
    RESULTS.write_text(json.dumps([{"key": k, "state": s, "by": b} for k, (s, b) in results.items()], indent=0))


def is_listed(mutant: Mutant, listed: dict[str, tuple[str, str]]) -> bool:
    """It is, or one whose code is the same: of a sample the first of twins may not be there."""
    if mutant.key in listed:
        return True
    return any(m.key in listed and code_of(m) == code_of(mutant) for m in mutants.mutants([mutant.file]))


def is_inside(outcome: Outcome, listed: dict[str, tuple[str, str]]) -> bool:
    """Nobody outside the device can tell it from the firmware, though a unit test looks inside and can."""
    return outcome.state == UNIT_KILLED and listed.get(outcome.mutant.key, ("",))[0] == EQUIVALENT


def complaints(outcomes: list[Outcome], listed: dict[str, tuple[str, str]]) -> list[str]:
    """What the list of survivors and the run say against each other."""
    states = {o.mutant.key: o for o in outcomes}
    wrong = [
        f"survives and is not listed: {key}"
        for key, outcome in states.items()
        if outcome.state == "survived" and not is_listed(outcome.mutant, listed)
    ]
    for key in listed:
        outcome = states.get(key)
        if outcome and outcome.state != "survived" and not is_inside(outcome, listed):
            wrong.append(f"is listed and does not survive ({outcome.state} {outcome.by}): {key}")
    return wrong


def score(outcomes: list[Outcome], listed: dict[str, tuple[str, str]]) -> Counter[str]:
    """How many were killed, are equivalent, live; and what was left out."""
    count: Counter[str] = Counter()
    for outcome in outcomes:
        kind = listed.get(outcome.mutant.key, (ALIVE, ""))[0]
        count[kind if outcome.state == "survived" or is_inside(outcome, listed) else outcome.state] += 1
    return count


def percent(count: Counter[str]) -> str:
    killed = count["killed"] + count[UNIT_KILLED]
    judged = killed + count[ALIVE]
    return f"{100 * killed / judged:.1f} %" if judged else "-"


def table(title: str, rows: dict[str, list[Outcome]], listed: dict[str, tuple[str, str]]) -> list[str]:
    lines = [
        f"| {title} | mutants | same code | killed by scenarios | by unit tests alone | equivalent | alive | score |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, outcomes in rows.items():
        count = score(outcomes, listed)
        same = count["same code"] + count["twin"]
        lines.append(
            f"| {name} | {len(outcomes) - count['no code']} | {same} | {count['killed']} | {count[UNIT_KILLED]} | {count[EQUIVALENT]} "
            f"| {count[ALIVE]} | {percent(count)} |"
        )
    return lines


def parted(outcomes: list[Outcome], part: str) -> dict[str, list[Outcome]]:
    rows: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        rows.setdefault(getattr(outcome.mutant, part), []).append(outcome)
    return {**dict(sorted(rows.items())), "all": outcomes}


def write_tables(outcomes: list[Outcome], listed: dict[str, tuple[str, str]], quick: bool) -> None:
    """Into the page, between the marks."""
    how = "few cases of long scenarios, no search (`--quick`): some that live here a whole run kills" if quick else "a whole run"
    lines = [*table("file", parted(outcomes, "file"), listed), "", *table("operator", parted(outcomes, "operator"), listed)]
    text = f"<!-- made by make mutants -->\nFrom {how}.\n\n" + "\n".join(lines) + "\n<!-- end -->"
    page = TABLE.read_text()
    TABLE.write_text(re.sub(r"<!-- made by make mutants -->.*<!-- end -->", lambda _: text, page, flags=re.DOTALL))


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs scenarios on mutants of the reference firmware.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--sample", action="store_true", help=f"one mutant of {SAMPLE}, none that is listed")
    parser.add_argument("--quick", action="store_true", help="few cases of long scenarios, no search: survivors are suspects")
    parser.add_argument("--again", action="store_true", help="those that live, and are not listed as equivalent")
    parser.add_argument("--new", action="store_true", help="those that no run has judged yet")
    parser.add_argument("file", nargs="*", help="of the firmware: only its mutants")
    given = parser.parse_args()

    every = mutants.mutants(given.file)
    listed = listed_survivors()
    chosen = [m for m in every if in_sample(m) and m.key not in listed] if given.sample else every
    reference = build_reference()
    check_reference(reference, given.quick)
    before = load_results() if given.again or given.new else {}
    outcomes = [
        Outcome(m, *before[m.key])
        for m in chosen
        if before.get(m.key, ("to run",))[0] not in {"to run", "survived"}
        or (m.key in before and (given.new or listed.get(m.key, ("",))[0] == EQUIVALENT))
    ]
    known = {outcome.mutant.key for outcome in outcomes}
    outcomes += compile_all([m for m in chosen if m.key not in known], reference, given.jobs)
    run_all(outcomes, reference, given.jobs, given.quick)
    save_results(outcomes)
    if not (given.sample or given.file):
        write_tables(outcomes, listed, given.quick)
    wrong = complaints(outcomes, listed)
    for line in wrong:
        print(line)
    count = score(outcomes, listed)
    print(", ".join(f"{number} {state}" for state, number in sorted(count.items())) + f"; score {percent(count)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
