"""The maker's side: keys in files and in an HSM, images, releases, and the lint that refuses some."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest

from conftest import ROOT, Brownout

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


# ---- keys ----


@pytest.mark.parametrize("kind", TYPES)
def test_keygen_makes_a_key_that_openssl_reads(brownout: Brownout, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "new.pem"
    done = brownout("keygen", path, "--type", kind, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["type"] == kind
    assert said["keyhash"] == keyhash(public(path), kind)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    pair = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True, capture_output=True)
    assert pair.stdout == public(path).read_bytes()


def test_keygen_never_overwrites(brownout: Brownout, tmp_path: Path, key: Path) -> None:
    before = key.read_bytes(), public(key).read_bytes()
    done = brownout("keygen", key, "--public", tmp_path / "other.pub.pem")
    assert done.returncode == 2
    assert done.stderr == f"{key}: File exists, expected a file that is not there yet\n"
    other = tmp_path / "other.pem"
    done = brownout("keygen", other, "--public", public(key))
    assert done.returncode == 2
    assert f"{public(key)}: File exists" in done.stderr
    assert not other.exists()
    assert before == (key.read_bytes(), public(key).read_bytes())


def test_keygen_makes_no_two_keys_alike(brownout: Brownout, tmp_path: Path) -> None:
    for name in ["one.pem", "two.pem"]:
        assert brownout("keygen", tmp_path / name).returncode == 0
    assert digest(tmp_path / "one.pub.pem") != digest(tmp_path / "two.pub.pem")


@pytest.mark.parametrize("kind", TYPES)
def test_hsm_makes_keys_that_sign_and_stay(
    brownout: Brownout, hsm: Path, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "ed25519":
        forgive_softhsm(tmp_path, monkeypatch)
    uri = f"pkcs11:token={TOKEN};object=key"
    pub = tmp_path / "hsm.pub.pem"
    done = brownout("keygen", uri, "--type", kind, "--pin-file", hsm, "--public", pub, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["keyhash"] == keyhash(pub, kind)
    image = tmp_path / "image.bin"
    for version in ["1.0.0", "1.0.1"]:
        done = brownout("sign", payload, "--key", uri, "--pin-file", hsm, "--version", version, "--out", image)
        assert done.returncode == 0, done.stderr
        assert brownout("verify", image, "--key", pub).stdout == "accept\n"
    shown = subprocess.run(
        ["pkcs11-tool", "--module", MODULE, "--login", "--pin", PIN, "--list-objects", "--type", "privkey"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert shown.count("Private Key Object") == 1
    assert "sensitive, always sensitive, never extractable, local" in shown


def test_hsm_key_is_never_made_twice(brownout: Brownout, hsm: Path, tmp_path: Path) -> None:
    uri = f"pkcs11:token={TOKEN};object=key"
    assert brownout("keygen", uri, "--pin-file", hsm, "--public", tmp_path / "a.pem").returncode == 0
    done = brownout("keygen", uri, "--pin-file", hsm, "--public", tmp_path / "b.pem")
    assert done.returncode == 2
    assert done.stderr == f"{uri}: there is a key of this name, expected one that is free\n"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("pkcs11:token=nowhere;object=key", "no such token, expected"),
        (f"pkcs11:token={TOKEN};object=nothing", "no private key of this name, expected"),
        (f"pkcs11:token={TOKEN}", "no object named, expected pkcs11:token=NAME;object=NAME"),
        (f"pkcs11:token={TOKEN};object=key?pin-value={PIN}", "a PIN in the URI"),
        ("pkcs11:tok en", "expected pkcs11:token=NAME;object=NAME"),
        (f"pkcs11:token={TOKEN};object=key?module-path=/nowhere.so", "expected a PKCS#11 module"),
        (f"pkcs11:token={TOKEN};object=key;colour=red", "an attribute is unknown"),
    ],
)
def test_hsm_that_cannot_be_used_is_refused(
    brownout: Brownout, hsm: Path, payload: Path, tmp_path: Path, uri: str, message: str
) -> None:
    done = brownout(
        "sign", payload, "--key", uri, "--pin-file", hsm, "--version", "1.0.0", "--out", tmp_path / "image.bin"
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert PIN not in done.stderr
    assert not (tmp_path / "image.bin").exists()


def test_pin_from_file_variable_or_uri_and_never_shown(
    brownout: Brownout, hsm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"pkcs11:token={TOKEN};object="
    done = brownout("keygen", uri + "a", "--public", tmp_path / "a.pem")
    assert done.returncode == 2
    assert "no PIN, expected --pin-file FILE" in done.stderr
    monkeypatch.setenv("BROWNOUT_PIN", "wrong-" + PIN)
    wrong = brownout("keygen", uri + "a", "--public", tmp_path / "a.pem")
    assert wrong.returncode == 2
    assert "PIN is incorrect" in wrong.stderr
    monkeypatch.setenv("BROWNOUT_PIN", PIN)
    good = brownout("keygen", uri + "a", "--public", tmp_path / "a.pem")
    assert good.returncode == 0, good.stderr
    monkeypatch.delenv("BROWNOUT_PIN")
    source = brownout("keygen", f"{uri}b?pin-source=file:{hsm}", "--public", tmp_path / "b.pem")
    assert source.returncode == 0, source.stderr
    missing = brownout("keygen", uri + "c", "--pin-file", tmp_path / "none", "--public", tmp_path / "c.pem")
    assert missing.returncode == 2
    assert f"{tmp_path / 'none'}: No such file or directory, expected a file with a PIN" in missing.stderr
    for said in [wrong, good, source, missing]:
        assert PIN not in said.stdout + said.stderr


def test_pass_phrase_of_a_file(brownout: Brownout, key: Path, payload: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pem"
    phrase = tmp_path / "phrase"
    phrase.write_text(PIN)
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", key, "-out", locked, "-v2", "aes256", "-passout", f"file:{phrase}"],
        check=True,
    )
    sign = ["sign", payload, "--key", locked, "--version", "1.0.0", "--out", tmp_path / "image.bin"]
    done = brownout(*sign)
    assert done.returncode == 2
    assert f"{locked}: the key is encrypted, expected its pass phrase: --pin-file FILE" in done.stderr
    assert brownout(*sign, "--pin-file", phrase).returncode == 0


# ---- images ----


@pytest.mark.parametrize("kind", TYPES)
def test_sign_makes_what_verify_takes(brownout: Brownout, payload: Path, tmp_path: Path, kind: str) -> None:
    path, image = tmp_path / "k.pem", tmp_path / "image.bin"
    brownout("keygen", path, "--type", kind)
    done = brownout(
        "sign", payload, "--key", path, "--version", "1.2.3+4", "--security", "5", "--header-size", "64",
        "--out", image, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["sha256"] == digest(image)
    assert said["size_bytes"] == image.stat().st_size
    assert said["keyhash"] == keyhash(public(path), kind)
    seen = json.loads(brownout("verify", image, "--key", public(path), "--counter", "5", "--json").stdout)
    assert (seen["verdict"], seen["version"], seen["security"], seen["header_bytes"]) == ("accept", "1.2.3+4", 5, 64)
    assert brownout("verify", image, "--key", public(path), "--counter", "6").returncode == 1
    spoilt = bytearray(image.read_bytes())
    spoilt[100] ^= 1
    image.write_bytes(spoilt)
    assert brownout("verify", image, "--key", public(path)).returncode == 1


@pytest.mark.parametrize(
    ("name", "key", "signature_bytes"),
    [
        ("ecdsa-p256_h20_p1000.bin", "d_ecdsap256", None),
        ("ed25519_h20_p1000.bin", "d_ed25519", 64),
        ("rsa-2048_h20_p1000.bin", "d_rsa2048", 256),
        ("rsa-3072_h20_p1000.bin", "d_rsa3072", 384),
    ],
)
def test_sign_lays_images_out_as_imgtool_does(
    brownout: Brownout, tmp_path: Path, name: str, key: str, signature_bytes: int | None
) -> None:
    """Byte for byte up to the signature, which is made with chance; Ed25519's too, which is not."""
    theirs = (VECTORS / "imgtool" / name).read_bytes()
    pem = VECTORS / "imgtool" / "keys" / f"{key}.pem"
    seen = json.loads(
        brownout("verify", VECTORS / "imgtool" / name, "--key", pem.with_suffix(".pub.pem"), "--json").stdout
    )
    part, out = tmp_path / "payload.bin", tmp_path / "image.bin"
    part.write_bytes(theirs[seen["header_bytes"] : seen["header_bytes"] + seen["payload_bytes"]])
    security = [] if seen["security"] is None else ["--security", str(seen["security"])]
    done = brownout(
        "sign", part, "--key", pem, "--version", seen["version"], "--header-size", str(seen["header_bytes"]),
        *security, "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ours = out.read_bytes()
    if signature_bytes is None:
        # DER has one of a few lengths; the area's head counts it.
        fixed = theirs.index(bytes.fromhex("0769")) + 76
        area = fixed - 76
        assert ours[:area] == theirs[:area]
        assert ours[area + 4 : fixed] == theirs[area + 4 : fixed]
    else:
        assert len(ours) == len(theirs)
        assert ours[:-signature_bytes] == theirs[:-signature_bytes]
        if key == "d_ed25519":
            assert ours == theirs


def test_signatures_have_chance_in_them(brownout: Brownout, payload: Path, key: Path, tmp_path: Path) -> None:
    seen = set()
    for i in range(2):
        out = tmp_path / f"{i}.bin"
        assert brownout("sign", payload, "--key", key, "--version", "1.0.0", "--out", out).returncode == 0
        seen.add(digest(out))
    assert len(seen) == 2


def test_sign_refuses_what_no_slot_holds(brownout: Brownout, payload: Path, key: Path, tmp_path: Path) -> None:
    done = brownout(
        "sign", payload, "--key", key, "--version", "1.0.0", "--slot-size", "3000", "--out", tmp_path / "i.bin"
    )
    assert refused(done) == {"size"}
    assert "bytes, expected at most the slot's 3000" in done.stderr
    assert not (tmp_path / "i.bin").exists()


def test_sign_refuses_to_revoke_its_own_key(brownout: Brownout, payload: Path, key: Path, tmp_path: Path) -> None:
    done = brownout(
        "sign", payload, "--key", key, "--version", "1.0.0", "--revoke", public(key), "--out", tmp_path / "i.bin"
    )
    assert refused(done) == {"revoke"}
    assert "signed by a key that it revokes, expected another key" in done.stderr
    assert not (tmp_path / "i.bin").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sign"], "no payload, expected one"),
        (["sign", "a"], "no --key, expected"),
        (["sign", "a", "--key", "k"], "no --version, expected"),
        (["sign", "a", "--key", "k", "--version", "1"], "--version: '1', expected major.minor.revision"),
        (["sign", "a", "--key", "k", "--version", "1.2.3"], "no --out, expected"),
        (["sign", "a", "--header-size", "31"], "--header-size: '31', expected a number from 32 to 65535"),
        (["sign", "a", "--vendor-id", "12"], "--vendor-id: '12', expected a UUID"),
        (["keygen"], "no key, expected a new file or a pkcs11: URI"),
        (["keygen", "pkcs11:token=a;object=b"], "no --public, expected"),
        (["keygen", "a", "--type", "dsa"], "--type: 'dsa', expected p256, rsa-2048, rsa-3072 or ed25519"),
        (["release"], "no payload, expected one"),
        (["release", "--check"], "no folder, expected a release's"),
        (["release", "--check", "x"], "no --device-key, expected"),
        (["release", "x", "--expires", "2026-02-30"], "--expires: '2026-02-30', expected YYYY-MM-DD"),
        (["release", "x", "--sequence", "0"], "--sequence: '0', expected a number from 1 on"),
        (["release", "x", "--name", ""], "--name: '', expected a name"),
        (["release", "x", "--key", "k", "--out", "o", "--name", "n"], "no --version, expected"),
    ],
)
def test_usage_errors_exit_2(brownout: Brownout, arguments: list[str], message: str) -> None:
    done = brownout(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no private key in PEM, expected one"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key in PEM"),
        (None, "No such file or directory, expected a private key in PEM"),
    ],
)
def test_bad_key_files_exit_2(
    brownout: Brownout, payload: Path, tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "bad.pem"
    if text is not None:
        path.write_text(text)
    done = brownout("sign", payload, "--key", path, "--version", "1.0.0", "--out", tmp_path / "i.bin")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}: ")
    assert message in done.stderr


def test_key_of_another_curve_exits_2(brownout: Brownout, payload: Path, tmp_path: Path) -> None:
    path = tmp_path / "p384.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", path],
                   check=True)  # fmt: skip
    done = brownout("sign", payload, "--key", path, "--version", "1.0.0", "--out", tmp_path / "i.bin")
    assert done.returncode == 2
    assert "an EC key on secp384r1, expected P-256, RSA-2048, RSA-3072 or Ed25519" in done.stderr


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
