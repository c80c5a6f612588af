"""The maker's side: keys in files and in an HSM, and images."""

import json
import os
import stat
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from conftest import Brownout
from maker_fixture import (  # noqa: F401
    MODULE,
    PIN,
    TOKEN,
    TYPES,
    VECTORS,
    digest,
    forgive_softhsm,
    hsm,
    key,
    keyhash,
    payload,
    public,
    refused,
    release,
)


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
