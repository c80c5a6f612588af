"""What tests of the maker's side share: keys in files and in an HSM, a payload, a release."""

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Brownout, ROOT

VECTORS = ROOT / "tests" / "vectors"
TYPES = ["p256", "rsa-2048", "rsa-3072", "ed25519"]
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN = "brownout-test"
# Unlike any digest, so that to find it in an output is no chance.
PIN = "pin-4711-zq"
VENDOR = "00112233-4455-6677-8899-aabbccddeeff"
CLASS = "ffeeddcc-bbaa-9988-7766-554433221100"

Done = subprocess.CompletedProcess[str]
Release = Callable[..., Done]


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "app.bin"
    path.write_bytes(bytes(range(256)) * 12)
    return path


@pytest.fixture
def key(brownout: Brownout, tmp_path: Path) -> Path:
    """A P-256 key in a file; its public half is beside it."""
    path = tmp_path / "vendor.pem"
    assert brownout("keygen", path).returncode == 0
    return path


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SoftHSM2 token of this test's own; the file that its PIN is in."""
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "so-" + PIN],
        check=True,
        capture_output=True,
    )
    pin = tmp_path / "pin"
    pin.write_text(PIN + "\n")
    return pin


def forgive_softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    SoftHSM 2.6.1 loses the curve's name at each Ed25519 signature. Its module is unloaded by the time that the
    sanitizer looks, so that only OpenSSL's function can name the leak; the other types are held against all of them.
    """
    (tmp_path / "lsan").write_text("leak:ASN1_item_d2i_ex\n")
    monkeypatch.setenv("LSAN_OPTIONS", f"suppressions={tmp_path / 'lsan'}:print_suppressions=0")
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":fast_unwind_on_malloc=0")


@pytest.fixture
def release(brownout: Brownout, payload: Path, key: Path, tmp_path: Path) -> Release:
    """Makes a release of the payload in a folder below tmp_path; more options override."""

    def call(folder: str, *more: str | Path) -> Done:
        return brownout(
            "release", payload, "--key", key, "--name", "gateway", "--vendor-id", VENDOR,
            "--class-id", CLASS, "--now", "2026-06-01", "--out", tmp_path / folder, *more,
        )  # fmt: skip

    return call


def public(path: Path) -> Path:
    return path.with_suffix(".pub.pem")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keyhash(path: Path, kind: str) -> str:
    """What imgtool puts into KEYHASH, by way of openssl: RSA keys as PKCS#1, all others as SPKI."""
    form = ["rsa", "-pubin", "-RSAPublicKey_out"] if kind.startswith("rsa") else ["pkey", "-pubin"]
    der = subprocess.run(["openssl", *form, "-in", path, "-outform", "DER"], check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


def refused(done: Done) -> set[str]:
    """The rules of the lint's lines. A refusal is nothing but such lines, and status 1."""
    assert done.returncode == 1, done.stderr
    lines = [line.split(": ", 3) for line in done.stderr.splitlines()]
    assert lines and all(parts[1] == "refused" and ", expected " in parts[3] for parts in lines), done.stderr
    return {parts[2] for parts in lines}
