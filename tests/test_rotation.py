"""Keys rotated and revoked by releases, and what was made on a device under every cut."""

import hashlib
import json
import os
from pathlib import Path
from uuid import UUID

import pytest

from conftest import Brownout
from maker_fixture import Release, TOKEN, digest, hsm, key, keyhash, payload, public, refused, release  # noqa: F401


# ---- rotation and revocation ----


def test_rotation_lint(brownout: Brownout, release: Release, key: Path, tmp_path: Path) -> None:
    """A release signed by the second key revokes the first; then only the second signs."""
    second = tmp_path / "second.pem"
    brownout("keygen", second)
    both = ["--device-key", public(key), "--device-key", public(second)]
    assert release("r1", "--version", "1.0.0", "--security", "1", *both).returncode == 0
    # By the key that it revokes: devices would refuse to burn it.
    previous = ["--previous", tmp_path / "r1", *both]
    done = release("own", "--version", "1.1.0", *previous, "--revoke", public(key))
    assert refused(done) == {"revoke"}
    done = release("r2", "--version", "1.1.0", *previous, "--revoke", public(key), "--key", second, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["release"]["revokes"] == [keyhash(public(key), "p256")]
    previous = ["--previous", tmp_path / "r2", *both]
    done = release("late", "--version", "1.2.0", *previous)
    assert refused(done) == {"revoke"}
    assert "a key that the previous release revokes, expected another key" in done.stderr
    assert release("r3", "--version", "1.2.0", *previous, "--key", second).returncode == 0
    # Both revoked: no device would take a manifest again.
    brownout("keygen", tmp_path / "rsa.pem", "--type", "rsa-2048")
    done = release(
        "none", "--version", "1.2.0", *previous, "--key", second, "--image-key", tmp_path / "rsa.pem",
        "--revoke", public(second),
    )  # fmt: skip
    assert refused(done) == {"revoke"}
    assert "no P-256 key is left, expected one" in done.stderr


def test_previous_must_be_one_that_devices_took(
    brownout: Brownout, release: Release, key: Path, tmp_path: Path
) -> None:
    assert release("r1", "--version", "1.0.0", "--security", "1").returncode == 0
    brownout("keygen", tmp_path / "second.pem")
    done = release("r2", "--version", "1.1.0", "--previous", tmp_path / "r1", "--key", tmp_path / "second.pem")
    assert done.returncode == 2
    assert f"{tmp_path / 'r1' / 'manifest.suit'}: " in done.stderr
    assert "is its key among the --device-keys?" in done.stderr


# ---- what the maker made, on a device under fault ----

ROTATION = """\
name: made
summary: Releases out of the maker's own hands, keys rotated on the way.
covers: [TUF-key-compromise]
device:
  flash: {kind: nor, sector: 1024, sectors: 15, program: 128}
  efuse: {counter: 8}
  keys: [vendor, vendor-2]
factory: {version: 1.0.0, security: 1, made: r1}
update: {version: 1.1.0, security: 2, key: vendor-2, revokes: [vendor], made: r2}
then: [LATER]
faults: {cut: every, tears: 2, cuts: any}
expect: {EXPECTED, counter: 2, revoked: [vendor]}
"""


def device_ids() -> list[str]:
    """The vendor and class of a scenario's device, as --vendor-id and --class-id."""

    def uuid(name: str) -> str:
        data = bytearray(hashlib.sha256(name.encode()).digest()[:16])
        data[6] = data[6] & 0x0F | 0x80
        data[8] = data[8] & 0x3F | 0x80
        return str(UUID(bytes=bytes(data)))

    return ["--vendor-id", uuid("brownout vendor"), "--class-id", uuid("brownout class gateway")]


@pytest.fixture
def rotation(brownout: Brownout, hsm: Path, tmp_path: Path) -> Path:
    """Releases r1 by a key in a file, r2 by one in the HSM that revokes it, r3 and late by either."""
    home = tmp_path / "made" / "6xx-own"
    (home / "keys").mkdir(parents=True)
    first, second = home / "keys" / "vendor.pem", f"pkcs11:token={TOKEN};object=second"
    keyfiles = [public(first), home / "keys" / "vendor-2.pem"]
    assert brownout("keygen", first).returncode == 0
    assert brownout("keygen", second, "--pin-file", hsm, "--public", keyfiles[1]).returncode == 0

    def make(name: str, version: str, *more: str | Path) -> None:
        part = tmp_path / f"{name}.bin"
        part.write_bytes(name.encode() * 700)
        done = brownout(
            "release", part, "--name", "gateway", "--header-size", "32", "--version", version, "--out", home / name,
            "--pin-file", hsm, "--device-key", keyfiles[0], "--device-key", keyfiles[1], *device_ids(), *more,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    make("r1", "1.0.0", "--security", "1", "--key", first)
    after = ["--security", "2", "--previous", home / "r1"]
    make("r2", "1.1.0", *after, "--key", second, "--revoke", keyfiles[0])
    make("r3", "1.2.0", "--previous", home / "r2", "--key", second)
    # Who has stolen the first key asks no lint.
    make("late", "1.2.0", *after, "--key", first, "--sequence", "3")
    return home


def scenario(home: Path, later: str, expected: str) -> Path:
    path = home / "600-made.yaml"
    path.write_text(ROTATION.replace("LATER", later).replace("EXPECTED", expected))
    return path


def test_rotation_on_a_device_under_every_cut(brownout: Brownout, rotation: Path) -> None:
    path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor-2, made: r3}", "version: 1.2.0")
    done = brownout("run", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 scenario, " in done.stdout


def test_revoked_key_signs_nothing_any_more(brownout: Brownout, rotation: Path) -> None:
    expected = "version: 1.1.0, refused: MANIFEST_SIGNATURE"
    path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor, made: late}", expected)
    done = brownout("run", path)
    assert done.returncode == 0, done.stdout + done.stderr
    # Expected to be taken, the same release is not.
    path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor, made: late}", "version: 1.2.0")
    assert brownout("run", path).returncode == 1


@pytest.mark.long
def test_rotation_holds_for_any_number_of_cuts(brownout: Brownout, rotation: Path) -> None:
    path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor-2, made: r3}", "version: 1.2.0")
    done = brownout("explore", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "closed: the rules hold for any number of cuts, anywhere" in done.stdout


@pytest.mark.parametrize(
    ("later", "message"),
    [
        ("{version: 1.2.1, security: 2, key: vendor-2, made: r3}", "something else of version, expected what it says"),
        ("{version: 1.2.0, security: 3, key: vendor-2, made: r3}", "something else of security"),
        ("{version: 1.2.0, security: 2, key: vendor-2, revokes: [vendor], made: r3}", "something else of revokes"),
        ("{version: 1.2.0, security: 2, key: vendor-2, sequence: 9, made: r3}", "9, expected the 3 of the manifest"),
        ("{version: 1.2.0, security: 2, key: vendor-2, size: 9, made: r3}", "size of a release that is made, expected"),
        ("{version: 1.2.0, security: 2, key: vendor-2, made: r9}", "No such file or directory, expected a file that"),
        ("{version: 1.1.0, security: 2, revokes: [vendor], sequence: 2, made: r2}", "as that of update, expected a"),
        ("{version: 1.2.0, security: 2, key: vendor-2, made: keys}", "No such file or directory"),
    ],
)
def test_made_release_must_be_what_the_scenario_says(
    brownout: Brownout, rotation: Path, later: str, message: str
) -> None:
    path = scenario(rotation, later, "version: 1.2.0")
    done = brownout("run", path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}:10: "), done.stderr
    assert message in done.stderr


@pytest.mark.parametrize("name", ["image.bin", "manifest.suit"])
def test_made_rubbish_is_refused(brownout: Brownout, rotation: Path, name: str) -> None:
    for text in [b"", b"\x00" * 100]:
        (rotation / "r3" / name).write_bytes(text)
        path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor-2, made: r3}", "version: 1.2.0")
        done = brownout("run", path)
        assert done.returncode == 2
        assert f"{name} there is no" in done.stderr


def test_made_release_for_other_devices_names_theirs(brownout: Brownout, rotation: Path) -> None:
    path = scenario(rotation, "{version: 1.2.0, security: 2, key: vendor-2, made: r3}", "version: 1.2.0")
    path.write_text(path.read_text().replace("keys: [", "class: lamp\n  keys: ["))
    done = brownout("run", path)
    assert done.returncode == 2
    assert "the image is for other devices, expected --vendor-id 717372e8-" in done.stderr
