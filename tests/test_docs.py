"""Documentation is tested: its commands are run and print what it says."""

import re
import subprocess
from pathlib import Path

import docs
import pytest


@pytest.mark.parametrize(("page", "command", "output"), docs.cases())
def test_command_prints_what_the_page_says(page: str, command: str, output: str) -> None:
    assert docs.run(command) == output, f"{page}: $ {command}\nmend it with: python3 tests/docs.py --write"


def test_make_targets_that_the_pages_name_exist() -> None:
    listed = subprocess.run(["make", "help"], cwd=docs.ROOT, capture_output=True, text=True, check=True)
    targets = {line.split()[0] for line in listed.stdout.splitlines()}
    named = {
        target for page in docs.PAGES for target in re.findall(r"`make ([a-z-]+)`", page.read_text())
    }
    assert named <= targets, named - targets


def test_files_that_the_pages_link_exist() -> None:
    for page in docs.PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert "://" in link or (Path(page.parent) / link).exists(), f"{page.name}: {link}"
