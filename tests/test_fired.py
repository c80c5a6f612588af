"""The tenth rule: an injector that does not do what the plan says is noticed, and is an error."""

import os
import subprocess
from pathlib import Path

BROKEN = Path(os.environ.get("BROWNOUT", "build/brownout")).parent / "broken-injector" / "brownout"
SCENARIO = "scenarios/1xx-power/104-counter-burn.yaml"


def test_broken_injector_breaks_fired_and_exits_2() -> None:
    done = subprocess.run([BROKEN, "run", SCENARIO], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "fired" in done.stdout + done.stderr


def test_same_case_with_the_sound_injector_is_held() -> None:
    sound = os.environ.get("BROWNOUT", "build/brownout")
    done = subprocess.run([sound, "run", SCENARIO], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
