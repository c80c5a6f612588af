"""Releases: what is in them, the lint that refuses some, and SBOMs."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from conftest import Brownout, ROOT
from maker_fixture import (  # noqa: F401
    CLASS,
    PIN,
    Release,
    TOKEN,
    TYPES,
    VECTORS,
    VENDOR,
    digest,
    hsm,
    key,
    payload,
    public,
    refused,
    release,
)


# ---- releases ----


def test_release_is_a_folder_that_agrees(brownout: Brownout, release: Release, key: Path, tmp_path: Path) -> None:
    done = release("r", "--version", "1.2.0", "--security", "3", "--expires", "2027-01-01", "--json")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "r"
    assert sorted(p.name for p in folder.iterdir()) == ["image.bin", "manifest.suit", "release.json", "sbom.cdx.json"]
    record = json.loads((folder / "release.json").read_text())
    assert json.loads(done.stdout) == {"folder": str(folder), "verdict": "good", "refused": [], "release": record}
    for what in ["image", "manifest", "sbom"]:
        file = folder / record[what]["file"]
        assert (record[what]["sha256"], record[what]["size_bytes"]) == (digest(file), file.stat().st_size)
    said = json.loads(brownout("manifest", folder / "manifest.suit", "--key", public(key), "--json").stdout)
    assert said["verdict"] == "accept"
    assert said["sbom"] == "sha256:" + record["sbom"]["sha256"]
    assert said["expires"] == record["expires"] == "2027-01-01T00:00:00Z"
    assert (said["sequence"], said["vendor_id"], said["class_id"]) == (1, VENDOR, CLASS)
    for slot in said["slots"]:
        assert (slot["digest"], slot["size_bytes"]) == (record["image"]["sha256"], record["image"]["size_bytes"])
        assert (slot["security"], slot["version"], slot["uri"]) == (3, "1.2.0+0", record["image"]["sha256"] + ".bin")
    assert brownout("verify", folder / "image.bin", "--key", public(key), "--counter", "3").returncode == 0
    assert brownout("release", "--check", folder, "--device-key", public(key)).returncode == 0


def schema() -> jsonschema.Draft7Validator:
    """CycloneDX 1.6, with the two schemas that it refers to, offline."""
    folder = VECTORS / "cyclonedx"
    loaded = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    main = loaded["bom-1.6.schema.json"]
    store = {one["$id"]: one for one in loaded.values() if "$id" in one}
    store |= {"http://cyclonedx.org/schema/" + name: one for name, one in loaded.items()}
    resolver = jsonschema.RefResolver(main["$id"], main, store=store)
    return jsonschema.Draft7Validator(main, resolver=resolver)


def build_bom(path: Path, **more: object) -> Path:
    """What a firmware's build might write of its parts."""
    part = {"type": "library", "bom-ref": "mbedtls", "name": "mbedtls", "version": "3.6.0",
            "licenses": [{"license": {"id": "Apache-2.0"}}]}  # fmt: skip
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [part], **more}))
    return path


@pytest.mark.parametrize("parts", [False, True])
def test_sbom_is_valid_cyclonedx(release: Release, tmp_path: Path, parts: bool) -> None:
    more = ["--components", build_bom(tmp_path / "bom.json")] if parts else []
    done = release("r", "--version", "1.2.0", "--security", "3", "--supplier", "Example Ltd", *more)
    assert done.returncode == 0, done.stderr
    sbom = json.loads((tmp_path / "r" / "sbom.cdx.json").read_text())
    validator = schema()
    assert [error.message for error in validator.iter_errors(sbom)] == []
    product = sbom["metadata"]["component"]
    assert (product["name"], product["version"], product["supplier"]) == ("gateway", "1.2.0", {"name": "Example Ltd"})
    assert product["hashes"] == [{"alg": "SHA-256", "content": digest(tmp_path / "r" / "image.bin")}]
    assert sbom["metadata"]["timestamp"] == "2026-06-01T00:00:00Z"
    assert [part["name"] for part in sbom["components"]] == (["mbedtls"] if parts else [])
    assert sbom["dependencies"] == [{"ref": "firmware", "dependsOn": ["mbedtls"] if parts else []}]
    assert sbom["compositions"] == [{"aggregate": "unknown", "assemblies": ["firmware"]}]
    # The validator is one that can fail.
    sbom["components"] = [{"name": "without a type"}]
    assert list(validator.iter_errors(sbom))


def test_sbom_keeps_what_the_build_says(release: Release, tmp_path: Path) -> None:
    graph = [{"ref": "app", "dependsOn": ["mbedtls"]}, {"ref": "mbedtls", "dependsOn": []}]
    whole = [{"aggregate": "complete", "assemblies": ["app"]}]
    bom = build_bom(
        tmp_path / "bom.json", dependencies=graph, compositions=whole,
        metadata={"component": {"type": "firmware", "name": "x", "bom-ref": "app"}},
    )  # fmt: skip
    assert release("r", "--version", "1.2.0", "--security", "3", "--components", bom).returncode == 0
    sbom = json.loads((tmp_path / "r" / "sbom.cdx.json").read_text())
    assert (sbom["dependencies"], sbom["compositions"]) == (graph, whole)
    assert sbom["metadata"]["component"]["bom-ref"] == "app"
    assert list(schema().iter_errors(sbom)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected CycloneDX as JSON"),
        ("{}", "no CycloneDX, expected"),
        ('{"bomFormat": "CycloneDX", "specVersion": "9"}', "an unknown specVersion, expected 1.4, 1.5 or 1.6"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.5"}', "no list of components, expected"),
    ],
)
def test_bad_components_exit_2(release: Release, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bom.json").write_text(text)
    done = release("r", "--version", "1.2.0", "--security", "3", "--components", tmp_path / "bom.json")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'bom.json'}:")
    assert message in done.stderr
    assert not (tmp_path / "r").exists()


def test_release_never_overwrites(release: Release, tmp_path: Path) -> None:
    assert release("r", "--version", "1.2.0", "--security", "3").returncode == 0
    before = digest(tmp_path / "r" / "image.bin")
    done = release("r", "--version", "1.3.0", "--security", "3")
    assert done.returncode == 2
    assert f"{tmp_path / 'r'}: File exists, expected a folder that is not there yet" in done.stderr
    assert digest(tmp_path / "r" / "image.bin") == before
    # Nothing half-made is left beside it.
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("r.")] == []


def test_sequence_beyond_what_json_counts(release: Release, tmp_path: Path, brownout: Brownout, key: Path) -> None:
    done = release("r", "--version", "1.2.0", "--security", "3", "--sequence", str(2**63))
    assert f"version   1.2.0, security 3, sequence {2**63}\n" in done.stdout
    assert json.loads((tmp_path / "r" / "release.json").read_text())["sequence"] == str(2**63)
    assert brownout("release", "--check", tmp_path / "r", "--device-key", public(key)).returncode == 0


def test_release_counts_on_from_the_previous(release: Release, tmp_path: Path) -> None:
    assert release("r1", "--version", "1.2.0", "--security", "3", "--sequence", "7").returncode == 0
    done = release("r2", "--version", "1.2.1", "--previous", tmp_path / "r1", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)["release"]
    assert (record["sequence"], record["security"], record["class_id"]) == (8, 3, CLASS)


@pytest.mark.parametrize(
    ("options", "rules", "message"),
    [
        (["--version", "1.2.0"], {"version"}, "the version is 1.2.0, expected one above the previous release's 1.2.0"),
        (["--version", "1.1.9"], {"version"}, "the version is 1.1.9, expected one above the previous release's 1.2.0"),
        (
            ["--version", "1.3.0", "--security", "2"],
            {"security"},
            "the security version is 2, expected at least the previous release's 3",
        ),
        (
            ["--version", "1.3.0", "--sequence", "7"],
            {"sequence"},
            "the sequence number is 7, expected one above the previous release's 7",
        ),
        (
            ["--version", "1.3.0", "--class-id", VENDOR],
            {"class"},
            "the vendor or class is not the previous release's, expected the same devices",
        ),
        (
            ["--version", "1.3.0", "--expires", "2026-05-31"],
            {"expiry"},
            "the release expires at 2026-05-31T00:00:00Z, expected a moment after 2026-06-01T00:00:00Z",
        ),
        (
            ["--version", "1.3.0", "--sequence", str(2**64 - 1)],
            {"sequence"},
            "the sequence number is the last one there is, expected one that a later release can be above",
        ),
        (["--version", "1.3.0", "--slot-size", "3000"], {"size"}, "expected at most the slot's 3000"),
        (
            ["--version", "1.2.0", "--security", "2", "--sequence", "1", "--expires", "2026-06-01"],
            {"version", "security", "sequence", "expiry"},
            "expected",
        ),
    ],
)
def test_lint_refuses_the_absurd(
    release: Release, tmp_path: Path, options: list[str], rules: set[str], message: str
) -> None:
    assert release("r1", "--version", "1.2.0", "--security", "3", "--sequence", "7").returncode == 0
    done = release("r2", "--previous", tmp_path / "r1", *options)
    assert refused(done) == rules
    assert message in done.stderr
    assert not (tmp_path / "r2").exists()


def spoil_image(folder: Path, other: Path) -> None:
    shutil.copy(other / "image.bin", folder)


def spoil_manifest(folder: Path, other: Path) -> None:
    shutil.copy(other / "manifest.suit", folder)


def spoil_signature(folder: Path, other: Path) -> None:
    data = bytearray((folder / "manifest.suit").read_bytes())
    data[120] ^= 1
    (folder / "manifest.suit").write_bytes(data)


def spoil_sbom(folder: Path, other: Path) -> None:
    sbom = json.loads((folder / "sbom.cdx.json").read_text())
    sbom["components"] = [{"type": "library", "name": "one more"}]
    (folder / "sbom.cdx.json").write_text(json.dumps(sbom))


def spoil_record(folder: Path, other: Path) -> None:
    text = (folder / "release.json").read_text()
    (folder / "release.json").write_text(text.replace('"security": 3', '"security": 4'))


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (spoil_image, {"agree", "sbom", "record"}),
        (spoil_manifest, {"agree", "sbom", "record"}),
        (spoil_signature, {"manifest"}),
        (spoil_sbom, {"sbom", "record"}),
        (spoil_record, {"record"}),
    ],
)
def test_check_finds_what_was_changed_since(
    brownout: Brownout, release: Release, key: Path, tmp_path: Path,
    spoil: Callable[[Path, Path], None], rules: set[str],
) -> None:  # fmt: skip
    assert release("r1", "--version", "1.2.0", "--security", "3").returncode == 0
    assert release("r2", "--version", "1.3.0", "--security", "4").returncode == 0
    check = ["release", "--check", tmp_path / "r1", "--device-key", public(key)]
    assert brownout(*check).returncode == 0
    spoil(tmp_path / "r1", tmp_path / "r2")
    assert refused(brownout(*check)) == rules
    said = json.loads(brownout(*check, "--json").stdout)
    assert said["verdict"] == "refused"
    assert {one["rule"] for one in said["refused"]} == rules


@pytest.mark.parametrize("example", ["example0", "example1", "example3"])
def test_check_of_a_manifest_that_says_too_little(
    brownout: Brownout, release: Release, key: Path, tmp_path: Path, example: str
) -> None:
    """The draft's own examples: authentic, and without the versions that these devices ask for."""
    assert release("r", "--version", "1.2.0", "--security", "3").returncode == 0
    data = bytes.fromhex((VECTORS / "suit" / f"{example}.signed.hex").read_text())
    (tmp_path / "r" / "manifest.suit").write_bytes(data)
    done = brownout(
        "release", "--check", tmp_path / "r", "--device-key", public(key), "--device-key",
        VECTORS / "suit" / "pub.pem",
    )  # fmt: skip
    assert refused(done) == {"manifest"}


def test_check_asks_the_keys_that_devices_hold(brownout: Brownout, release: Release, tmp_path: Path) -> None:
    assert release("r", "--version", "1.2.0", "--security", "3").returncode == 0
    brownout("keygen", tmp_path / "stranger.pem")
    done = brownout("release", "--check", tmp_path / "r", "--device-key", tmp_path / "stranger.pub.pem")
    assert refused(done) == {"image", "manifest"}


def test_check_of_an_expired_release(brownout: Brownout, release: Release, key: Path, tmp_path: Path) -> None:
    assert release("r", "--version", "1.2.0", "--security", "3", "--expires", "2026-06-02").returncode == 0
    check = ["release", "--check", tmp_path / "r", "--device-key", public(key)]
    assert brownout(*check, "--now", "2026-06-01T23:59:59Z").returncode == 0
    assert refused(brownout(*check, "--now", "2026-06-02")) == {"expiry"}


@pytest.mark.parametrize("name", ["image.bin", "manifest.suit", "sbom.cdx.json", "release.json"])
def test_check_of_half_a_release_exits_2(
    brownout: Brownout, release: Release, key: Path, tmp_path: Path, name: str
) -> None:
    assert release("r", "--version", "1.2.0", "--security", "3").returncode == 0
    (tmp_path / "r" / name).unlink()
    done = brownout("release", "--check", tmp_path / "r", "--device-key", public(key))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'r' / name}: No such file or directory, expected a release's")


@pytest.mark.parametrize("name", ["image.bin", "manifest.suit", "sbom.cdx.json", "release.json"])
@pytest.mark.parametrize("text", [b"", b"\xff" * 40, b"[]", b"{}"])
def test_check_of_rubbish_is_no_crash(
    brownout: Brownout, release: Release, key: Path, tmp_path: Path, name: str, text: bytes
) -> None:
    assert release("r", "--version", "1.2.0", "--security", "3").returncode == 0
    (tmp_path / "r" / name).write_bytes(text)
    done = brownout("release", "--check", tmp_path / "r", "--device-key", public(key))
    assert done.returncode in (1, 2)
    assert "expected" in done.stderr


@pytest.mark.parametrize("kind", TYPES)
def test_release_of_an_image_that_is_signed(
    brownout: Brownout, payload: Path, key: Path, tmp_path: Path, kind: str
) -> None:
    other = tmp_path / "other.pem"
    brownout("keygen", other, "--type", kind)
    image = tmp_path / "image.bin"
    signed = ["--vendor-id", VENDOR, "--class-id", CLASS]
    done = brownout(
        "sign", payload, "--key", other, "--version", "1.2.0", "--security", "3", *signed, "--out", image
    )
    assert done.returncode == 0, done.stderr
    make = ["release", "--signed", image, "--key", key, "--name", "gateway", *signed]
    done = brownout(*make, "--out", tmp_path / "strange")
    assert refused(done) == {"image"}
    make += ["--device-key", public(other)]
    done = brownout(*make, "--out", tmp_path / "r", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)["release"]
    assert (record["image"]["algorithm"], record["image"]["sha256"]) == (kind, digest(image))
    # Said of it what it is not.
    for option, value in [("--version", "1.2.1"), ("--security", "4"), ("--class-id", VENDOR)]:
        done = brownout(*make, option, value, "--out", tmp_path / "lie")
        assert refused(done) == {"agree"}
    assert not (tmp_path / "lie").exists()


def test_release_takes_imgtools_images(brownout: Brownout, key: Path, tmp_path: Path) -> None:
    """One without a class, which this firmware asks for: the lint says so before a device does."""
    vector = VECTORS / "imgtool" / "ecdsa-p256_h20_p1000.bin"
    done = brownout(
        "release", "--signed", vector, "--key", key, "--device-key",
        VECTORS / "imgtool" / "keys" / "d_ecdsap256.pub.pem", "--name", "gateway", "--vendor-id", VENDOR,
        "--class-id", CLASS, "--out", tmp_path / "r",
    )  # fmt: skip
    assert refused(done) == {"agree"}


@pytest.mark.parametrize("kind", TYPES[1:])
def test_image_and_manifest_of_two_keys(brownout: Brownout, release: Release, tmp_path: Path, kind: str) -> None:
    image_key = tmp_path / "image.pem"
    brownout("keygen", image_key, "--type", kind)
    more = ["--version", "1.2.0", "--security", "3", "--json"]
    done = release("r", *more, "--image-key", image_key)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)["release"]
    assert (record["image"]["algorithm"], record["manifest"]["algorithm"]) == (kind, "p256")
    done = release("no", *more, "--key", image_key)
    assert done.returncode == 2
    assert "does not sign manifests, expected a P-256 key" in done.stderr


def test_release_out_of_the_hsm(brownout: Brownout, release: Release, hsm: Path, tmp_path: Path) -> None:
    """Manifest and image by two keys of one token; nothing secret in anything that is printed or made."""
    uri, pubs = f"pkcs11:token={TOKEN};object=", []
    said = ""
    for name, kind in [("manifest", "p256"), ("image", "rsa-3072")]:
        pubs += ["--device-key", tmp_path / f"{name}.pub.pem"]
        done = brownout("keygen", uri + name, "--type", kind, "--pin-file", hsm, "--public", pubs[-1])
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    done = release(
        "r", "--version", "1.2.0", "--security", "3", "--key", uri + "manifest", "--image-key", uri + "image",
        "--pin-file", hsm, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said += done.stdout + done.stderr
    assert json.loads(done.stdout)["release"]["image"]["algorithm"] == "rsa-3072"
    assert brownout("release", "--check", tmp_path / "r", *pubs).returncode == 0
    assert PIN not in said
    for path in (tmp_path / "r").iterdir():
        assert PIN.encode() not in path.read_bytes()


def test_no_private_key_in_any_output(brownout: Brownout, release: Release, key: Path, tmp_path: Path) -> None:
    """The scalar of the key, as hex or raw, nor the PEM's lines."""
    text = subprocess.run(["openssl", "pkey", "-in", key, "-text", "-noout"], check=True, capture_output=True,
                          text=True).stdout  # fmt: skip
    scalar = "".join(text.split("priv:")[1].split("pub:")[0].split()).replace(":", "")
    secrets = [scalar.encode(), bytes.fromhex(scalar), key.read_bytes().splitlines()[1]]
    done = release("r", "--version", "1.2.0", "--security", "3", "--json")
    bad = release("r", "--version", "1.2.0", "--security", "3", "--json")
    assert (done.returncode, bad.returncode) == (0, 2)
    outputs = [(one.stdout + one.stderr).encode() for one in [done, bad]]
    outputs += [path.read_bytes() for path in (tmp_path / "r").iterdir()]
    for secret in secrets:
        assert len(secret) >= 32
        assert not any(secret in output for output in outputs)
        # The search is one that can find.
        assert secret in bytes.fromhex(scalar) + scalar.encode() + key.read_bytes()


def test_moment_of_a_release_is_source_date_epoch(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brownout: Brownout, payload: Path, key: Path
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    make = ["release", payload, "--key", key, "--name", "g", "--version", "1.0.0", "--security", "1",
            "--vendor-id", VENDOR, "--class-id", CLASS, "--out"]  # fmt: skip
    assert brownout(*make, tmp_path / "r").returncode == 0
    sbom = json.loads((tmp_path / "r" / "sbom.cdx.json").read_text())
    assert sbom["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    done = brownout(*make, tmp_path / "s")
    assert done.returncode == 2
    assert "$SOURCE_DATE_EPOCH: 'soon', expected seconds since 1970" in done.stderr


def test_paths_that_are_no_utf8_are_told_in_json(program: str, payload: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff"
    key = odd + b".pem"
    sign = ["--key", key, "--version", "1.0.0", "--json", "--out"]
    ids = ["--security", "1", "--vendor-id", VENDOR, "--class-id", CLASS, "--name", "g"]
    release = ["release", payload, *ids, *sign, odd + b"r"]
    for arguments in (["keygen", key, "--json"], ["sign", payload, *sign, odd], release):
        done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "/?" in json.dumps(json.loads(done.stdout))
