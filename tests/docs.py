"""The commands in README and docs, and what they print.

A fenced block marked `console` holds commands after `$ ` and the output that each prints, the same to
the byte. `python3 tests/docs.py --write` runs them and puts down what they print now.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str) -> str:
    """What a command prints on stdout, as a person at the project's root sees it."""
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    return done.stdout.decode()


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with the output that stands below it."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        found.append((command, output))
    return found


def cases() -> list[tuple[str, str, str]]:
    """Page, command and output of every block."""
    return [
        (page.name, command, output)
        for page in PAGES
        for block in BLOCK.findall(page.read_text())
        for command, output in commands(block)
    ]


def rewrite(match: re.Match[str]) -> str:
    """A block with the output that its commands print now."""
    parts = [f"$ {command}\n{run(command)}" for command, _ in commands(match.group(1))]
    return "```console\n" + "".join(parts) + "```"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(f"usage: {sys.argv[0]} --write")
    for doc in PAGES:
        doc.write_text(BLOCK.sub(rewrite, doc.read_text()))
