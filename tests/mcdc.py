"""MC/DC of the firmware, held against tests/mcdc-reasons.

Each condition of each decision must have changed the decision's outcome on its own; a decision of one
condition must have come out both ways, and every case of a switch must have been taken. What has not
needs a line in the file of reasons, and a line there needs something that has not.

usage: mcdc.py EXPORT.json [REASONS]
EXPORT.json is what llvm-cov export says of a program that holds the firmware.
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REASONS = ROOT / "tests/mcdc-reasons"
# Kinds of llvm-cov's regions: what a branch of a decision with one condition is, and of one with more.
BRANCH, MCDC_BRANCH = 4, 6


@dataclass(frozen=True, order=True)
class Place:
    """From one position of a file to another: lines and columns, both from 1."""

    file: str
    begin: tuple[int, int]
    end: tuple[int, int]

    def holds(self, other: "Place") -> bool:
        return self.file == other.file and self.begin <= other.begin and other.end <= self.end


@dataclass
class Condition:
    """One condition, or one case of a switch. never: what has not been seen of it."""

    function: str
    text: str
    never: set[str]


def text_of(place: Place) -> str:
    """The source between the two, on one line."""
    lines = Path(place.file).read_text().splitlines()[place.begin[0] - 1 : place.end[0]]
    lines[-1] = lines[-1][: place.end[1] - 1]
    lines[0] = lines[0][place.begin[1] - 1 :]
    return " ".join(" ".join(lines).split())


def place_of(region: list[Any], file: str) -> Place:
    return Place(file, (region[0], region[1]), (region[2], region[3]))


def conditions_of_function(function: dict[str, Any]) -> dict[Place, Condition]:
    """What this copy of the function has not shown; a function of a header has many copies."""
    files, name = function["filenames"], function["name"].rpartition(":")[2]
    found: dict[Place, Condition] = {}
    parts: dict[Place, list[Place]] = {}
    decisions = {place_of(record, files[0]): record[-1] for record in function["mcdc_records"]}
    for region in function["branches"]:
        place = place_of(region, files[region[6]])
        kind, outcomes = region[8], {"true": region[4], "false": region[5]}
        if kind == MCDC_BRANCH:
            # The innermost: the others hold it too.
            around = [decision for decision in decisions if decision.holds(place)]
            if not around:
                raise ValueError(f"{place.file}:{place.begin[0]}: a condition of no decision")
            inner = max(around, key=lambda decision: (decision.begin, [-x for x in decision.end]))
            parts.setdefault(inner, []).append(place)
            found[place] = Condition(name, text_of(place), set())
        elif kind == BRANCH:
            never = {outcome for outcome, count in outcomes.items() if count == 0}
            text = text_of(place)
            if place in found:  # words that a macro makes: one place, and many branches
                never |= found[place].never
            found[place] = Condition(name, text, never)
        else:
            raise ValueError(f"{place.file}:{place.begin[0]}: a branch of kind {kind}, expected 4 or 6")
    for decision, independent in decisions.items():
        places = sorted(parts.get(decision, []))
        if len(places) != len(independent):
            raise ValueError(
                f"{decision.file}:{decision.begin[0]}: {len(places)} conditions and {len(independent)}"
                " results, expected as many"
            )
        for place, alone in zip(places, independent, strict=True):
            if not alone:
                found[place].never.add("alone")
    return found


def conditions(export: dict[str, Any]) -> dict[Place, Condition]:
    """All conditions of the firmware. Of several copies of one function any may show it."""
    found: dict[Place, Condition] = {}
    for part in export["data"]:
        for function in part["functions"]:
            for place, condition in conditions_of_function(function).items():
                if place in found:
                    found[place].never &= condition.never
                else:
                    found[place] = condition
    return found


def keys(found: dict[Place, Condition]) -> dict[str, Condition]:
    """By file, function and text; a text that a function has twice gets a number."""
    keyed: dict[str, Condition] = {}
    seen: Counter[str] = Counter()
    for place in sorted(found):
        condition = found[place]
        key = f"{Path(place.file).name}:{condition.function}: {condition.text}"
        seen[key] += 1
        keyed[key if seen[key] == 1 else f"{key} #{seen[key]}"] = condition
    return keyed


def read_reasons(path: Path) -> dict[str, str]:
    """KEY -- REASON, one a line; # begins a comment."""
    reasons: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, mark, reason = line.partition(" -- ")
        if not mark or len(reason.split()) < 4:
            raise SystemExit(f"{path}:{number}: no reason, expected FILE:FUNCTION: CONDITION -- REASON")
        if key in reasons:
            raise SystemExit(f"{path}:{number}: the same condition twice, expected it once")
        reasons[key] = reason
    return reasons


def complaints(keyed: dict[str, Condition], reasons: dict[str, str]) -> list[str]:
    bad = []
    for key, condition in keyed.items():
        if condition.never and key not in reasons:
            never = ", ".join(sorted(condition.never))
            bad.append(f"{key}: never {never}, expected a test that shows it, or a reason")
    for key in reasons:
        if key not in keyed:
            bad.append(f"{key}: has a reason and is no condition of the firmware, expected no line")
        elif not keyed[key].never:
            bad.append(f"{key}: has a reason and is covered, expected no line")
    return bad


def main(arguments: list[str]) -> int:
    export = json.loads(Path(arguments[0]).read_text())
    path = Path(arguments[1]) if len(arguments) > 1 else REASONS
    keyed, reasons = keys(conditions(export)), read_reasons(path)
    bad = complaints(keyed, reasons)
    for line in bad:
        print(f"{path}: {line}", file=sys.stderr)
    covered = sum(not condition.never for condition in keyed.values())
    share = 100 * covered / max(len(keyed), 1)
    left = len(keyed) - covered
    print(f"mcdc: {covered} of {len(keyed)} conditions, {share:.1f} %; {left} not, {len(reasons)} reasons")
    return 1 if bad or not keyed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
