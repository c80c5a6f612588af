"""Evidence of a release: what it says, what it calls missing, and that nothing in a release can lead it astray."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from conftest import ROOT, Brownout

Done = subprocess.CompletedProcess[str]
Evidence = Callable[..., Done]

FIELDS = [
    "manufacturer", "purpose", "declaration", "support.from", "support.until", "support.terms",
    "vulnerabilities.contact", "vulnerabilities.policy", "vulnerabilities.advisories",
]  # fmt: skip
DECLARATION = """\
manufacturer: Example Ltd, 1 Example Street, Example Town
purpose: gateway for the automation of buildings
declaration: https://example.com/gateway/declaration
support:
  from: 2026-12-01
  until: 2031-12-01
  terms: security updates over the air, free of charge
vulnerabilities:
  contact: security@example.com
  policy: https://example.com/.well-known/security.txt
  advisories: https://example.com/advisories
"""
SCENARIO = """\
name: base
summary: A small update.
why: >-
  Undefended: it does not arrive.
covers: [LAW-1]
device:
  flash: {kind: nor, sector: 512, sectors: 16, program: 128}
  efuse: {counter: 4}
factory: {version: 1.0.0, security: 1, size: 500, header: 32}
update: {version: 1.1.0, security: 2, size: 700, header: 32}
expect: {version: 1.1.0}
"""
CATALOGUE = """\
sources:
  - source: a law
    kind: requirements
    ids:
      - {id: LAW-1, title: updates work}
      - {id: LAW-2, title: people are told, word: documentation only, reason: the maker's, fields: [vulnerabilities.contact, support.until]}
      - {id: LAW-3, title: parts are known, word: documentation only, reason: the maker's, fields: [sbom, product, tests]}
  - source: a list
    ids:
      - {id: THREAT-1, title: a threat, word: documentation only, reason: nobody can}
"""
PARTS = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "bom-ref": "rtos", "name": "rtos", "version": "4.1.0"}],
}
VENDOR = "717372e8-e7f8-8f16-ae11-fff4dea0082a"
CLASS = "6d721854-23a0-8d7a-92de-6d1527399e15"


@pytest.fixture
def make(brownout: Brownout, house: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a release; the key's public half is tmp_path/vendor.pub.pem."""
    (tmp_path / "app.bin").write_bytes(bytes(range(200)) * 3)
    (tmp_path / "parts.json").write_text(json.dumps(PARTS))
    assert brownout("keygen", tmp_path / "vendor.pem").returncode == 0

    def call(folder: str = "release", name: str = "gateway", *more: str) -> Path:
        done = brownout(
            "release", tmp_path / "app.bin", "--key", tmp_path / "vendor.pem", "--name", name, "--version", "1.2.3",
            "--security", "2", "--header-size", "32", "--vendor-id", VENDOR, "--class-id", CLASS, "--now", "2026-12-01",
            *(more or ("--components", str(tmp_path / "parts.json"))), "--out", tmp_path / folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return tmp_path / folder

    return call


@pytest.fixture
def evidence(brownout: Brownout, house: Path, tmp_path: Path) -> Evidence:
    """Evidence with a catalogue and a scenario of the test's own, a whole declaration, page and JSON."""
    (house / "1xx-own").mkdir()
    (house / "1xx-own" / "100-base.yaml").write_text(SCENARIO)
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)

    def call(release: Path, *more: str | Path, declaration: str | None = DECLARATION) -> Done:
        declared: list[str | Path] = []
        if declaration is not None:
            (tmp_path / "product.yaml").write_text(declaration)
            declared = ["--declaration", tmp_path / "product.yaml"]
        return brownout(
            "evidence", release, "--device-key", tmp_path / "vendor.pub.pem", "--quiet", *declared,
            "--scenarios", house / "1xx-own", "--catalogue", tmp_path / "catalogue.yaml",
            "--html", tmp_path / "evidence.html", f"--json={tmp_path / 'evidence.json'}", *more,
        )  # fmt: skip

    return call


class Page(HTMLParser):
    """Holds that tags are closed, that nothing is fetched and that nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}
        assert tag not in ("script", "img", "b", "i")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def told(tmp_path: Path) -> tuple[dict, str]:
    """JSON, which must be as its schema says, and the page, which must be well formed."""
    report = json.loads((tmp_path / "evidence.json").read_text())
    schema = json.loads((ROOT / "docs" / "evidence.schema.json").read_text())
    assert list(jsonschema.Draft7Validator(schema).iter_errors(report)) == []
    text = (tmp_path / "evidence.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    return report, text


def lacks(report: dict) -> dict[str, str]:
    return {lack["what"]: lack["why"] for lack in report["lacks"]}


def test_whole_release_is_complete_and_its_digests_are_those_of_the_files(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path
) -> None:
    folder = make()
    done = evidence(folder)
    report, page = told(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("complete\n")
    assert report["complete"] and report["lacks"] == []
    record = json.loads((folder / "release.json").read_text())
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", tmp_path / "vendor.pub.pem", "-outform", "DER"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    for entry, key in zip(report["files"], ("image", "manifest", "sbom"), strict=True):
        digest = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
        assert entry["sha256"] == digest == record[key]["sha256"]
        assert digest in page
        if key != "sbom":
            assert entry["signature"] == {"algorithm": "p256", "keyhash": hashlib.sha256(der).hexdigest()}
            assert record[key]["keyhash"] in page
    assert report["sbom"] == {
        "bound_by_manifest": True,
        "manifest_binds": "sha256:" + record["sbom"]["sha256"],
        "components": 1,
        "completeness": "unknown",
    }
    for key in ("name", "version", "security", "sequence", "vendor_id", "class_id"):
        assert report["release"][key] == record[key]
    version = subprocess.run(["openssl", "version"], check=True, capture_output=True, text=True).stdout
    assert version.startswith(report["made_with"]["openssl"])
    assert report["as_of"] == "2026-12-01T00:00:00Z"


def test_requirements_stand_with_state_scenarios_and_fields(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path
) -> None:
    evidence(make())
    report, page = told(tmp_path)
    law = {entry["id"]: entry for entry in report["requirements"]}
    assert list(law) == ["LAW-1", "LAW-2", "LAW-3"]
    assert [entry["id"] for entry in report["threats"]] == ["THREAT-1"]
    assert (law["LAW-1"]["state"], law["LAW-1"]["scenarios"]) == ("held", ["base"])
    assert law["LAW-2"]["state"] == "documentation only"
    assert law["LAW-2"]["fields"] == ["vulnerabilities.contact", "support.until"]
    assert page.index("LAW-3") < page.index("Threats considered") < page.index("THREAT-1")
    assert page.count("security@example.com") == 2  # declared, and at LAW-2


def test_same_input_gives_the_same_bytes(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    folder = make()
    names = ("evidence.html", "evidence.json")
    written = []
    for jobs in ("1", "2"):
        assert evidence(folder, "-j", jobs).returncode == 0
        written.append([(tmp_path / name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_nothing_declared_is_all_missing_and_visible(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path
) -> None:
    done = evidence(make(), declaration=None)
    report, page = told(tmp_path)
    assert done.returncode == 1
    assert not report["complete"]
    assert list(lacks(report)) == FIELDS
    assert all(why.startswith("MISSING: expected ") for why in lacks(report).values())
    assert all(report["fields"][field] is None for field in FIELDS)
    assert page.count(">MISSING</span>") == len(FIELDS) + 2  # where they are declared, and at LAW-2
    assert done.stdout.endswith("incomplete: 9 things to mend\n")


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_missed(make: Callable[..., Path], evidence: Evidence, tmp_path: Path, field: str) -> None:
    key = field.rpartition(".")[2]
    text = "".join(line for line in DECLARATION.splitlines(True) if not line.strip().startswith(key + ":"))
    assert evidence(make(), declaration=text).returncode == 1
    assert list(lacks(told(tmp_path)[0])) == [field]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from: 2026-12-01", "from: soon", "product.yaml:5: support.from is 'soon', expected a day as YYYY-MM-DD"),
        ("until: 2031-12-01", "until: 2031-13-01", "product.yaml:6: support.until is '2031-13-01', expected a day"),
        ("until: 2031-12-01", "until: 2026-12-01", "product.yaml:6: support.until is '2026-12-01', expected a day after"),
        ("security@example.com", "'@'", "product.yaml:9: vulnerabilities.contact is '@', expected an address of mail"),
        ("contact: security@example.com", "contact: javascript:alert(1)", ":9: vulnerabilities.contact is 'javascript"),
        ("policy: https:", "policy: http:", "product.yaml:10: vulnerabilities.policy is 'http://example"),
        ("purpose: gateway for the automation of buildings", "purpose: '  '", "product.yaml:2: purpose is '  ', expected"),
        ("purpose:", "purposes:", "product.yaml:2: declaration has an unknown key 'purposes', expected one of"),
        (DECLARATION, "", "product.yaml:1: file is empty, expected a declaration"),
        (DECLARATION, "[" * 4000, "product.yaml:2: did not find expected node content, expected YAML"),
    ],
    ids=range(10),
)
def test_declaration_that_says_what_cannot_be_is_refused(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in DECLARATION
    done = evidence(make(), declaration=DECLARATION.replace(old, new))
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "evidence.html").exists()


def test_short_support_wants_its_reason(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    folder = make()
    short = DECLARATION.replace("2031-12-01", "2031-11-30")
    assert evidence(folder, declaration=short).returncode == 1
    assert list(lacks(told(tmp_path)[0])) == ["support.shorter"]
    reasoned = short.replace("  terms:", "  shorter: the product is used for one season\n  terms:")
    assert evidence(folder, declaration=reasoned).returncode == 0
    assert "used for one season" in told(tmp_path)[1]


def test_support_that_has_ended_is_said(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    folder = make()
    assert evidence(folder, "--now", "2031-11-30").returncode == 0
    assert evidence(folder, "--now", "2031-12-01").returncode == 1
    assert lacks(told(tmp_path)[0])["support.until"].startswith("support ended on 2031-12-01")


def test_moment_comes_from_the_environment_and_never_from_the_clock(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert evidence(folder).returncode == 0
    assert told(tmp_path)[0]["as_of"] == "1970-01-02T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert evidence(folder).returncode == 2


def test_other_sbom_than_the_bound_one_is_told(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    folder = make()
    sbom = folder / "sbom.cdx.json"
    sbom.write_text(sbom.read_text().replace("4.1.0", "4.1.1"))
    assert evidence(folder).returncode == 1
    report, page = told(tmp_path)
    assert report["sbom"]["bound_by_manifest"] is False
    assert report["fields"]["sbom"] is None and report["fields"]["product"] is None
    assert "refused: sbom: the manifest binds another SBOM" in lacks(report)["release"] or "release" in lacks(report)
    assert "NOT bound by the manifest" in page


def test_sbom_without_components_is_told(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    assert evidence(make("bare", "gateway", "--supplier", "Example Ltd")).returncode == 1
    assert "it names no component" in lacks(told(tmp_path)[0])["sbom"]


def test_release_of_an_unknown_key_has_no_signature(
    brownout: Brownout, make: Callable[..., Path], evidence: Evidence, tmp_path: Path
) -> None:
    folder = make()
    assert brownout("keygen", tmp_path / "other.pem").returncode == 0
    shutil.copy(tmp_path / "other.pub.pem", tmp_path / "vendor.pub.pem")
    assert evidence(folder).returncode == 1
    report, page = told(tmp_path)
    assert [entry["signature"] for entry in report["files"]] == [None] * 3
    assert report["release"]["version"] is None
    assert page.count("by no key that devices hold") == 2


def test_names_are_text_and_no_markup(make: Callable[..., Path], evidence: Evidence, tmp_path: Path) -> None:
    name = "<b onload=\"x\">&amp;</script><i>\nforged"
    done = evidence(make("odd", name))
    assert done.returncode == 0
    assert "<i> forged 1.2.3, security 2" in done.stdout
    report, page = told(tmp_path)
    assert report["release"]["name"] == name
    assert "&lt;b onload=&quot;x&quot;&gt;&amp;amp;" in page


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("sbom.cdx.json", b"", 1),
        ("sbom.cdx.json", b"[" * 100000, 1),
        ("sbom.cdx.json", b"\x00\xff" * 99, 1),
        ("sbom.cdx.json", b'{"metadata": 3, "components": {}, "compositions": [7]}', 1),
        ("sbom.cdx.json", b'{"metadata": {"component": {"name": "' + b"n" * 300000 + b'"}}}', 1),
        ("sbom.cdx.json", b'{"metadata": {"timestamp": "' + b"9" * 3000 + b'"}}', 1),
        ("manifest.suit", b"", 1),
        ("manifest.suit", b"\xd8\x6b\xa2" + b"\x9f" * 5000, 1),
        ("image.bin", b"", 1),
        ("image.bin", b"\x3d\xb8\xf3\x96" + b"\xff" * 90, 1),
        ("release.json", b"{}", 1),
        ("release.json", b"no", 2),
        ("release.json", None, 2),
        ("image.bin", None, 2),
    ],
    ids=range(14),
)
def test_hostile_folder_is_refused_or_told(
    make: Callable[..., Path], evidence: Evidence, tmp_path: Path, name: str, content: bytes | None, status: int
) -> None:
    folder = make()
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    done = evidence(folder)
    assert done.returncode == status, done.stdout + done.stderr
    if status == 2:
        assert name in done.stderr
        assert not (tmp_path / "evidence.html").exists()
    else:
        report, page = told(tmp_path)
        assert "release" in lacks(report)
        assert len(page) < 20000


def test_red_scenario_and_one_that_was_not_run_are_told(
    brownout: Brownout, make: Callable[..., Path], evidence: Evidence, house: Path, tmp_path: Path
) -> None:
    folder = make()
    path = house / "1xx-own" / "100-base.yaml"
    results = tmp_path / "run.json"
    assert brownout("run", "--quiet", f"--json={results}", path).returncode == 0
    assert evidence(folder, "--results", results).returncode == 0
    assert told(tmp_path)[0]["made_with"]["results_sha256"] == hashlib.sha256(results.read_bytes()).hexdigest()
    path.write_text(SCENARIO.replace("size: 700", "size: 701"))
    assert evidence(folder, "--results", results).returncode == 1
    report, page = told(tmp_path)
    assert "1 of 1 scenarios were not run" in lacks(report)["tests"]
    assert report["requirements"][0]["state"] == "NOT RUN"
    assert report["fields"]["tests"] is None
    path.write_text(SCENARIO.replace("expect: {version: 1.1.0}", "expect: {version: 1.0.0}"))
    assert evidence(folder).returncode == 1
    report, page = told(tmp_path)
    assert "1 of 1 scenarios did not hold" in lacks(report)["tests"]
    assert ">BROKEN<" in page


def test_scenario_with_this_very_image_is_named(
    make: Callable[..., Path], evidence: Evidence, house: Path, tmp_path: Path
) -> None:
    folder = make()
    shutil.copytree(folder, house / "1xx-own" / "made")
    shutil.copy(tmp_path / "vendor.pem", house / "keys" / "vendor.pem")
    own = SCENARIO.replace("name: base", "name: own").replace(
        "{version: 1.1.0, security: 2, size: 700, header: 32}", "{version: 1.2.3, security: 2, sequence: 1, made: made}"
    )
    own = own.replace("expect: {version: 1.1.0}", "expect: {version: 1.2.3}")
    (house / "1xx-own" / "101-own.yaml").write_text(own)
    done = evidence(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    report, page = told(tmp_path)
    assert {entry["name"]: entry["runs_this_image"] for entry in report["scenarios"]} == {"base": False, "own": True}
    assert "<th>with this very image</th><td>own</td>" in page


def test_whole_catalogue_answers_each_field(evidence: Evidence) -> None:
    text = (ROOT / "scenarios" / "catalogue.yaml").read_text()
    schema = json.loads((ROOT / "docs" / "evidence.schema.json").read_text())
    fields = {name.strip() for line in text.splitlines() if line.strip().startswith("fields: [")
              for name in line.partition("[")[2].rstrip("]").split(",")}  # fmt: skip
    assert fields == set(schema["definitions"]["field"]["enum"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["release"], "no --device-key, expected the keys that devices hold"),
        (["--device-key", "k"], "no folder, expected a release's"),
        (["a", "b", "--device-key", "k"], "more than one argument"),
        (["a", "--device-key", "k", "--now", "x"], "--now: 'x', expected"),
        (["a", "--device-key", "k", "--html", "x", "--json=x"], "both go to x"),
        (["a", "--device-key", "nowhere.pem"], "nowhere.pem: "),
    ],
)
def test_usage(brownout: Brownout, arguments: list[str], message: str) -> None:
    done = brownout("evidence", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
