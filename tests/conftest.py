"""What the tests of the command line share: the program, the repository, a way to call the one."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

LEFT = pytest.StashKey[Counter[str]]()

Brownout = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def program() -> str:
    """The program under test, as it is typed: $BROWNOUT, or the one that make leaves."""
    return os.environ.get("BROWNOUT", "build/brownout")


@pytest.fixture(scope="session")
def brownout(program: str) -> Brownout:
    """Calls the program from the repository's root."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    return call


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder for scenarios of a test's own, with the keys that scenarios sign with."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    shutil.copytree(ROOT / "scenarios" / "keys", folder / "keys")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: for make check-long alone, which asks for -m long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is too long is left out, and pytest_terminal_summary says what that is."""
    if config.getoption("-m"):
        return
    left = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    if left:
        config.hook.pytest_deselected(items=left)
    config.stash[LEFT] = Counter(item.nodeid.partition("[")[0] for item in left)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for name, count in sorted(config.stash.get(LEFT, Counter()).items()):
        cases = f" ({count} cases)" if count > 1 else ""
        terminalreporter.write_line(f"left to make check-long: {name}{cases}")
