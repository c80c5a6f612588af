"""Fuzzing: seeds that follow from their sources, findings that name rule and case, and builds as
OSS-Fuzz makes and checks them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Brownout

TARGETS = sorted(path.name.removesuffix("_target.c") for path in ROOT.glob("fuzz/*_target.c"))
AFL_DRIVER = "/usr/lib/afl/libAFLDriver.a"


def run(*command: str | Path, **more) -> subprocess.CompletedProcess[str]:
    """From the repository's root unless more says otherwise; what a fuzzer prints may be no text."""
    more = {"cwd": ROOT, "timeout": 600} | more
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        **more,
    )


def make(*goals: str) -> None:
    done = run("make", "-s", *goals)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- corpora and drivers ----


def test_seed_corpora_follow_from_their_sources(tmp_path: Path) -> None:
    make("build/fuzz/seeds")
    done = run("build/fuzz/seeds", tmp_path)
    assert done.returncode == 0, done.stderr
    made, kept = (
        {path.relative_to(folder): path.read_bytes() for path in folder.glob("*/*")}
        for folder in (tmp_path, ROOT / "fuzz/corpus")
    )
    assert made.keys() == kept.keys(), "expected: make fuzz-seeds"
    differ = [name for name in made if made[name] != kept[name]]
    assert not differ, "expected: make fuzz-seeds"
    assert {str(name.parent) for name in made} == set(TARGETS)
    assert sum(path.stat().st_size for path in ROOT.glob("fuzz/corpus/*/*")) < 1_000_000


def test_every_target_has_a_length_that_its_seeds_keep_to() -> None:
    lengths = dict(line.split() for line in (ROOT / "fuzz/lengths").read_text().splitlines())
    assert sorted(lengths) == TARGETS
    for seed in ROOT.glob("fuzz/corpus/*/*"):
        assert seed.stat().st_size <= int(lengths[seed.parent.name]), seed


@pytest.mark.parametrize("target", TARGETS)
def test_plain_driver_replays_and_measures(target: str) -> None:
    make(f"build/fuzz/{target}")
    seeds = sorted((ROOT / "fuzz/corpus" / target).iterdir())
    done = run(f"build/fuzz/{target}", *seeds)
    assert (done.returncode, done.stdout) == (0, f"{len(seeds)} inputs held\n"), done.stderr
    done = run(f"build/fuzz/{target}", "--rate", "0.05", *seeds)
    assert done.returncode == 0 and int(done.stdout) > 0
    assert run(f"build/fuzz/{target}").returncode == 2


# ---- from finding to case ----


def cuts(folder: Path, scenario: int) -> list[Path]:
    """An input for each of the first ops, cut before anything of it happened."""
    inputs = []
    for op in range(100):
        inputs.append(folder / f"cut-{op}")
        inputs[-1].write_bytes(bytes([scenario, 0, op, 0, 0, 0, 0]))
    return inputs


@pytest.fixture(scope="module")
def finding(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An input that crashes the target on a firmware with a known bug, and what it said."""
    make("build/fuzz-specimens/early-pending")
    for path in cuts(tmp_path_factory.mktemp("inputs"), 0):
        done = run("build/fuzz-specimens/early-pending", path)
        if done.returncode != 0:
            return path, done.stderr
    pytest.fail("no cut of the first hundred ops breaks a rule of the specimen")


def test_broken_rule_is_a_crash_that_names_rule_and_case(finding: tuple[Path, str]) -> None:
    said = re.search(r"^fuzz: ([a-z]+): (counter-burn@cut=\d+\+0#[0-9a-f]{8}): .", finding[1])
    assert said, finding[1]
    assert said[1] == "settles"


def test_input_is_replayed_as_the_case_that_it_is(
    finding: tuple[Path, str], brownout: Brownout
) -> None:
    case = re.search(r"counter-burn@cut=\d+\+0", finding[1])[0]
    from_input = brownout("replay", "--fuzz-input", finding[0])
    from_id = brownout("replay", case)
    # The firmware here has no bug: the same story, in which every rule holds.
    assert from_input.returncode == 0, from_input.stderr
    assert from_input.stdout == from_id.stdout
    assert brownout("shrink", "--fuzz-input", finding[0]).returncode == 0


def test_input_that_is_no_file_is_refused(brownout: Brownout) -> None:
    done = brownout("replay", "--fuzz-input", "no-such-input")
    assert done.returncode == 2
    assert done.stderr == "no-such-input: No such file or directory, expected a file\n"


def test_faults_that_did_not_happen_are_no_part_of_the_case(
    tmp_path: Path, brownout: Brownout
) -> None:
    path = tmp_path / "input"
    path.write_bytes(bytes([0, 0, 4, 0, 0, 0, 0]) + bytes([0, 255, 0, 0, 0, 0]) * 3)
    done = brownout("replay", "--fuzz-input", path)
    assert done.returncode == 0
    assert "'counter-burn@cut=5+0#" in done.stdout


# ---- OSS-Fuzz ----

# As the base builder sets them, and what a binary of that build must be made with.
BUILDS = {
    "libfuzzer-address": ("-fsanitize=address -fsanitize-address-use-after-scope", "__asan_report"),
    "libfuzzer-undefined": ("-fsanitize=undefined -fno-sanitize=function", "__ubsan_handle"),
    "libfuzzer-memory": ("-fsanitize=memory -fsanitize-memory-track-origins", "__msan_warning"),
    "afl-address": ("-fsanitize=address", "__asan_report"),
}


def environment(folder: Path, build: str) -> dict[str, str]:
    engine, sanitizer = build.split("-")
    flags = f"-O1 -fno-omit-frame-pointer -gline-tables-only {BUILDS[build][0]}"
    if engine == "libfuzzer":
        flags += " -fsanitize=fuzzer-no-link"
    compiler = "clang" if engine == "libfuzzer" else "afl-clang-fast"
    return os.environ | {
        "SRC": str(ROOT.parent),
        "OUT": str(folder / "out"),
        "WORK": str(folder / "work"),
        "CC": compiler,
        "CXX": f"{compiler}++",
        "CFLAGS": flags,
        "CXXFLAGS": flags,
        "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer" if engine == "libfuzzer" else AFL_DRIVER,
        "FUZZING_ENGINE": engine,
        "SANITIZER": sanitizer,
    }


def check_libfuzzer(out: Path, target: str) -> None:
    """Runs anywhere, and what it runs is instrumented."""
    done = run(out / target, "-seed=1337", "-runs=4", cwd="/")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "INITED cov: " in done.stderr
    counters = re.search(r"Loaded 1 modules +\((\d+) inline 8-bit counters\)", done.stderr)
    assert counters and int(counters[1]) > 100, done.stderr


def check_afl(out: Path, target: str, folder: Path) -> None:
    assert b"##SIG_AFL_PERSISTENT##" in (out / target).read_bytes()
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    shutil.copy(sorted((ROOT / "fuzz/corpus" / target).iterdir())[0], seeds / "seed")
    quiet = ["AFL_NO_UI", "AFL_SKIP_CPUFREQ", "AFL_NO_AFFINITY", "AFL_MAP_SIZE"]
    quiet += ["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"]
    values = dict.fromkeys(quiet, "1") | {"AFL_MAP_SIZE": "2621440"}
    done = run(
        *("afl-fuzz", "-V", "1", "-t", "10000", "-m", "none"),
        *("-i", seeds, "-o", folder / "found", "--", out / target),
        env=os.environ | values,
    )
    assert "All set and ready to roll" in done.stdout, done.stdout[-2000:]


@pytest.mark.parametrize(
    "build",
    [
        "libfuzzer-address",
        pytest.param("libfuzzer-undefined", marks=pytest.mark.long),
        pytest.param("libfuzzer-memory", marks=pytest.mark.long),
        pytest.param("afl-address", marks=pytest.mark.long),
    ],
)
def test_oss_fuzz_build_makes_what_check_build_asks_for(tmp_path: Path, build: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "work").mkdir()
    done = run("fuzz/oss-fuzz/build.sh", env=environment(tmp_path, build))
    assert done.returncode == 0, done.stdout + done.stderr
    binaries = sorted(path.name for path in out.iterdir() if path.is_file() and not path.suffix)
    binaries = [name for name in binaries if not name.endswith(".zip")]
    assert binaries == (["bootctl", "efuse", "plan"] if "memory" in build else TARGETS)
    for target in binaries:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", target)
        assert (out / f"{target}_seed_corpus.zip").stat().st_size > 0
        options = (out / f"{target}.options").read_text()
        assert re.match(r"\[libfuzzer\]\nmax_len = \d+\n", options)
        for name in re.findall(r"dict = (\S+)", options):
            assert (out / name).exists()
        assert "not found" not in run("ldd", out / target).stdout
        assert BUILDS[build][1] in run("nm", out / target).stdout
        if build.startswith("afl"):
            check_afl(out, target, tmp_path / target)
        else:
            check_libfuzzer(out, target)


# ---- engines ----


def test_slice_that_runs_nothing_is_a_failure(tmp_path: Path) -> None:
    """An engine that does not start must not look like one that found nothing."""
    make("build/afl/fuzz/plan")
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "afl-fuzz").write_text("#!/bin/sh\nexit 0\n")
    (broken / "afl-fuzz").chmod(0o755)
    path = {"PATH": f"{broken}:{os.environ['PATH']}"}
    done = run("fuzz/slice.sh", tmp_path / "work", 1, 1, "afl", "plan", env=os.environ | path)
    assert done.returncode == 1
    assert done.stdout == "plan afl 0 0 0 0\n"
    assert (tmp_path / "work/failed").read_text() == "plan afl\n"


def test_slice_runs_whatever_sanitizer_options_the_caller_has(tmp_path: Path) -> None:
    make("build/afl/fuzz/plan")
    options = {"ASAN_OPTIONS": "detect_leaks=1"}
    done = run("fuzz/slice.sh", tmp_path, 1, 1, "afl", "plan", env=os.environ | options)
    assert done.returncode == 0, done.stdout + (tmp_path / "plan/afl.log").read_text()
    assert int(done.stdout.split()[2]) > 0
