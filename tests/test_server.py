"""The update server: what it serves, what it takes, what it refuses, and what it never loses."""

import base64
import concurrent.futures
import contextlib
import http.client
import json
import random
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, Brownout
from server_fixture import Client, Serve, Server, enrol, make_release, releases, report, serve  # noqa: F401

Enrol = Callable[..., Path]

KILLS = 6  # of a server under load, in make check; check-long has 50


# ---- releases and ranges ----


def test_manifest_is_for_devices_with_a_certificate(serve: Serve, enrol: Enrol, releases: list[Path]) -> None:
    server = serve(enrol("gw-1"))
    status, headers, body = server.client("gw-1").get("/manifest")
    assert (status, body) == (200, (releases[1] / "manifest.suit").read_bytes())
    assert headers["etag"].startswith('"')
    assert server.client().get("/manifest")[0] == 403
    assert "403 GET /manifest by -" in server.log.read_text()


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=199000-", 206, 199000, None),
        ("bytes=-7", 206, -7, None),
        ("bytes=5-99999999", 206, 5, None),
        ("bytes=99999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        # What is no range of one part is none at all, by RFC 9110: the whole file.
        ("bytes=9-5", 200, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),
        ("bytes=x", 200, 0, None),
        ("lines=0-3", 200, 0, None),
        ("bytes=99999999999999999999999-", 200, 0, None),
    ],
)
def test_range(
    range_server: Server, releases: list[Path], asked: str, status: int, first: int, last: int | None
) -> None:
    image = (releases[1] / "image.bin").read_bytes()
    got, headers, body = range_server.client().get("/releases/2/image.bin", Range=asked)
    assert got == status
    if status == 416:
        assert headers["content-range"] == f"bytes */{len(image)}"
        return
    end = len(image) if last is None else last + 1
    first %= len(image)
    assert body == image[first:end]
    if status == 206:
        assert headers["content-range"] == f"bytes {first}-{end - 1}/{len(image)}"


@pytest.fixture(scope="module")
def range_server(program: str, releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("range") / "state"
    server = Server(str(ROOT / program), state, releases, "--mirror", "0", "--mirror", "0")
    yield server
    assert server.stop() == 0


def test_if_range_gives_a_part_of_the_same_file_only(range_server: Server) -> None:
    client = range_server.client()
    etag = client.get("/releases/2/image.bin")[1]["etag"]
    assert client.get("/releases/2/image.bin", Range="bytes=1-2", If_Range=etag)[0] == 206
    assert client.get("/releases/2/image.bin", Range="bytes=1-2", If_Range='"other"')[0] == 200
    date = "Mon, 23 Nov 2026 17:22:04 GMT"
    assert client.get("/releases/2/image.bin", Range="bytes=1-2", If_Range=date)[0] == 200


def test_image_lies_where_its_manifest_says(range_server: Server, releases: list[Path], brownout: Brownout) -> None:
    record = json.loads((releases[1] / "release.json").read_text())
    status, _, body = range_server.client().get("/" + record["uri"])
    assert (status, body) == (200, (releases[1] / "image.bin").read_bytes())
    head = range_server.client().ask("HEAD", "/" + record["uri"])
    assert (head[0], head[1]["content-length"], head[2]) == (200, str(len(body)), b"")


def test_mirrors_serve_files_and_nothing_else(range_server: Server) -> None:
    for mirror in (1, 2):
        client = range_server.client(listener=mirror)
        assert client.get("/releases/1/image.bin", Range="bytes=0-3")[0] == 206
        for path in ("/", "/manifest", "/metrics", "/style.css"):
            assert client.get(path)[0] == 404
        for path in ("/report", "/pause"):
            assert client.ask("POST", path, "x")[0] == 404


def test_old_tls_is_refused(range_server: Server) -> None:
    context = range_server.tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with socket.create_connection(("127.0.0.1", range_server.ports[0])) as raw:
            context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_listens_on_loopback_only(range_server: Server) -> None:
    listening = Path(f"/proc/{range_server.process.pid}/net/tcp").read_text().splitlines()[1:]
    port = f"{range_server.ports[0]:04X}"
    places = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [place for place in places if place.endswith(":" + port)] == [f"0100007F:{port}"]


# ---- reports ----


def test_report_counts_once_however_often_it_comes(serve: Serve, enrol: Enrol) -> None:
    server = serve(enrol("gw-1"))
    client = server.client("gw-1")
    told = report("gw-1", 1)
    assert [client.ask("POST", "/report", told)[::2] for _ in range(3)] == [
        (200, b"accepted\n"),
        (200, b"known already\n"),
        (200, b"known already\n"),
    ]
    assert client.report(report("gw-1", 1, slot="B")) == 409
    assert client.report(report("gw-1", 2, sequence_confirmed="1")) == 200
    assert client.report(told) == 200
    metrics = client.get("/metrics")[2].decode()
    assert "brownout_reports_total 2\n" in metrics
    assert 'brownout_release_devices{sequence="1",fact="confirmed"} 1\n' in metrics
    assert server.ledger("SELECT number FROM log WHERE number > 0 ORDER BY entry") == [(1,), (2,)]


def test_report_by_another_identity_is_refused(serve: Serve, enrol: Enrol) -> None:
    server = serve(enrol("gw-1", "gw-2"))
    assert server.client("gw-2").report(report("gw-1", 1)) == 403
    assert server.client().report(report("gw-1", 1)) == 403
    assert server.ledger("SELECT count(*) FROM log") == [(0,)]
    assert "403 POST /report by gw-2: the report names another device" in server.log.read_text()


def test_certificates_of_others_are_no_identity(serve: Serve, enrol: Enrol, brownout: Brownout) -> None:
    """One of another authority, one of ours that is a server's, one that has expired."""
    server = serve(enrol("gw-1"))
    other = enrol("gw-1", folder="other")

    def status(cert: Path, key: Path) -> int:
        client = server.client()
        client.context.load_cert_chain(cert, key)
        return client.report(report("gw-1", 1))

    assert status(other / "devices/gw-1.pem", other / "devices/gw-1.key.pem") == 403
    assert status(server.state / "server.pem", server.state / "server.key.pem") == 403
    request = other / "gw-1.csr"
    run = ["openssl", "req", "-new", "-key", str(other / "devices/gw-1.key.pem"), "-subj", "/CN=gw-1"]
    subprocess.run([*run, "-out", str(request)], check=True)
    for days, good in (("1", True), ("-1", False)):
        (other / "use").write_text("extendedKeyUsage=clientAuth\n")
        subprocess.run(
            ["openssl", "x509", "-req", "-in", str(request), "-CA", str(server.state / "ca.pem"),
             "-CAkey", str(server.state / "ca.key.pem"), "-days", days, "-extfile", str(other / "use"),
             "-out", str(other / "signed.pem")],
            check=True, capture_output=True,
        )  # fmt: skip
        assert status(other / "signed.pem", other / "devices/gw-1.key.pem") == (200 if good else 403)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"number": "0"}, "number"),
        ({"number": "01"}, "number"),
        ({"number": 1}, "number"),
        ({"number": "9223372036854775808"}, "number"),
        ({"slot": "C"}, "slot"),
        ({"version": "1.0"}, "version"),
        ({"version": "256.0.0"}, "version"),
        ({"confirmed": 1}, "confirmed"),
        ({"security_counter": -1}, "security_counter"),
        ({"security_counter": 4294967296}, "security_counter"),
        ({"sequence_confirmed": "18446744073709551616"}, "sequence_confirmed"),
        ({"refused": "BECAUSE"}, "refused"),
        ({"reset": "kick"}, "reset"),
        ({"saw": "a\u001b[2Jb"}, "saw"),
        ({"saw": "x" * 192}, "saw"),
        ({"device": "../../etc"}, "device"),
        ({"device": ""}, "device"),
        ({"more": 1}, "a member"),
    ],
)
def test_report_that_is_none_is_refused(bad_client: Client, change: dict[str, object], why: str) -> None:
    status, _, body = bad_client.ask("POST", "/report", {**report("gw-1", 1), **change})
    assert status == 400
    assert body.decode().startswith(why)


@pytest.fixture(scope="module")
def bad_client(
    program: str, brownout: Brownout, releases: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    state = tmp_path_factory.mktemp("bad") / "state"
    assert brownout("enrol", state, "gw-1").returncode == 0
    server = Server(str(ROOT / program), state, releases)
    yield server.client("gw-1")
    assert server.ledger("SELECT count(*) FROM log") == [(0,)]
    assert server.stop() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"device":"gw-1"}', "\0" * 100, '{"a":1,"a":1}', "[" * 4000], ids=range(8))
def test_body_that_is_no_report_is_refused(bad_client: Client, body: str) -> None:
    assert bad_client.ask("POST", "/report", body)[0] == 400


def test_body_that_is_too_large_is_refused(bad_client: Client) -> None:
    assert bad_client.ask("POST", "/report", "x" * 5000)[0] == 413
    assert bad_client.ask("POST", "/report", "x" * 500000)[0] == 413
    assert bad_client.report(report("gw-9", 1)) == 403  # the connection is as good as before


# ---- bad input ----


def raw(server: Server, data: bytes, listener: int = 0) -> bytes:
    """What comes back for bytes that no client of ours would send."""
    with socket.create_connection(("127.0.0.1", server.ports[listener]), timeout=30) as plain:
        with server.tls().wrap_socket(plain, server_hostname="127.0.0.1") as line:
            line.sendall(data)
            got = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while b"\r\n\r\n" not in got and (piece := line.recv(65536)):
                    got += piece
            return got.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", (b"400",)),  # no Host
        (b"NONSENSE\r\n\r\n", (b"400", b"")),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", (b"400", b"505", b"")),
        (b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (b"414", b"431", b"")),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 40000 + b"\r\n\r\n", (b"431", b"413", b"")),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5000 + b"\r\n", (b"431", b"413", b"")),
        (b"POST /report HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", (b"400", b"")),
        (b"POST /report HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", (b"400", b"413", b"")),
        (b"POST /report HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", (b"400", b"")),
        (b"DELETE /report HTTP/1.1\r\nHost: x\r\n\r\n", (b"405",)),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", (b"404",)),
        (b"GET /releases/2/%2e%2e/ca.key.pem HTTP/1.1\r\nHost: x\r\n\r\n", (b"404",)),
    ],
    ids=range(12),
)
def test_request_that_is_none_gets_its_status(range_server: Server, data: bytes, statuses: tuple[bytes, ...]) -> None:
    line = raw(range_server, data)
    status = line.split(b" ")[1] if line.startswith(b"HTTP/1.") else line
    assert status in statuses, line
    assert range_server.client().get("/releases/1/image.bin", Range="bytes=0-0")[0] == 206


def test_bytes_that_are_no_tls_disturb_nobody(range_server: Server) -> None:
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 300, b""):
        with socket.create_connection(("127.0.0.1", range_server.ports[0])) as plain:
            plain.sendall(data)
            plain.settimeout(30)
            # It may have hung up already, and is free to.
            with contextlib.suppress(OSError):
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(4096):
                    pass
    assert range_server.client().get("/releases/1/image.bin", Range="bytes=0-0")[0] == 206


def test_log_has_no_bytes_that_a_terminal_acts_on(serve: Serve, enrol: Enrol) -> None:
    server = serve(enrol("gw-1"))
    raw(server, b"GET /%1b%5b2J%0aforged HTTP/1.1\r\nHost: x\r\n\r\n")
    lines = server.log.read_text().splitlines()
    assert [line for line in lines if "404" in line] == [
        "brownout serve: 404 GET /?[2J?forged by -: nothing lies there"
    ]


def test_thousand_connections_at_once(serve: Serve, enrol: Enrol) -> None:
    """All are open, handshake done, and then each gets its answer."""
    server = serve(enrol("gw-1"))
    context = server.tls("gw-1")

    def open_one(_: int) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection("127.0.0.1", server.ports[0], context=context, timeout=60)
        connection.connect()
        return connection

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lines = list(pool.map(open_one, range(1000)))
    metrics = server.client().get("/metrics")[2].decode()
    assert int(re.search(r"^brownout_connections (\d+)$", metrics, re.MULTILINE)[1]) >= 1000  # type: ignore[index]
    for number, line in enumerate(lines, 1):
        line.request("POST", "/report", json.dumps(report("gw-1", number)))
    assert {line.getresponse().status for line in lines} == {200}
    for line in lines:
        line.close()
    assert server.ledger("SELECT count(*) FROM log") == [(1000,)]


def test_slow_client_is_hung_up_on_and_disturbs_nobody(serve: Serve, enrol: Enrol) -> None:
    """A byte now and then is no request: patience ends, whatever the bytes."""
    server = serve(enrol("gw-1"))
    with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=40) as plain:
        with server.tls().wrap_socket(plain, server_hostname="127.0.0.1") as line:
            began = time.monotonic()
            line.settimeout(0.5)
            client = server.client("gw-1")
            data = iter(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 200)
            while time.monotonic() - began < 40:
                try:
                    line.send(bytes([next(data)]))
                    if line.recv(100) == b"":
                        break
                except TimeoutError:
                    assert client.get("/metrics")[0] == 200
                except (ssl.SSLError, ConnectionError):
                    break
            assert 15 < time.monotonic() - began < 40
    assert "brownout_hung_up_total 1" in client.get("/metrics")[2].decode()


# ---- bandwidth ----


def image_for(server: Server, *devices: str) -> float:
    """Seconds from before the first asks until the last has its image, all at the same time. A
    machine that stalls makes this longer, never shorter than the bandwidth allows."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(devices)) as pool:
        for status, _, _ in pool.map(lambda id: server.client(id).get("/releases/2/image.bin"), devices):
            assert status == 200
    return time.monotonic() - began


def test_bandwidth_of_a_device_is_shared_by_its_connections(serve: Serve, enrol: Enrol) -> None:
    """200,000 bytes twice, at 200,000 a second, of which the first second's worth comes at once; and
    once for another device, which has bandwidth of its own."""
    server = serve(enrol("gw-1", "gw-2"), "--device-bandwidth", "200000")
    assert image_for(server, "gw-1", "gw-1", "gw-2") > 0.9


def test_bandwidth_in_all(serve: Serve, enrol: Enrol) -> None:
    server = serve(enrol("gw-1", "gw-2"), "--bandwidth", "200000")
    assert image_for(server, "gw-1", "gw-2") > 0.9


# ---- rollout, people ----


def test_stage_decides_who_is_offered_what(serve: Serve, enrol: Enrol, releases: list[Path]) -> None:
    devices = [f"gw-{i}" for i in range(40)]
    server = serve(enrol(*devices), "--stages", "20:48,100")
    answers = [server.client(device).get("/manifest") for device in devices]
    second = (releases[1] / "manifest.suit").read_bytes()
    offered = sum(body == second for _, _, body in answers)
    assert 1 <= offered <= 20
    assert any(status == 204 for status, _, _ in answers)
    assert all(int(headers["retry-after"]) > 0 for status, headers, _ in answers if status == 204)
    assert {headers.get("brownout-waits-for") for status, headers, _ in answers if status == 204} == {"its stage has not begun"}
    # What was decided stays so, for a server that was killed as well.
    server.kill()
    again = serve(server.state, "--stages", "20:48,100")
    assert [again.client(device).get("/manifest")[2] for device in devices] == [body for _, _, body in answers]
    metrics = again.client().get("/metrics")[2].decode()
    assert f'brownout_release_devices{{sequence="2",fact="offered"}} {offered}\n' in metrics
    assert f'brownout_rollout_devices{{sequence="2",standing="pending"}} {offered}\n' in metrics


def test_pause_and_resume_want_the_token(serve: Serve, enrol: Enrol, releases: list[Path]) -> None:
    first, second = ((release / "manifest.suit").read_bytes() for release in releases)
    server = serve(enrol("gw-1", "gw-2"))
    client, form = server.client(), {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.client("gw-1").get("/manifest")[0] == 200
    token = server.token()
    for wrong in ("", "token=", "token=" + token[:-1], "token=" + token + "0", "token=" + "0" * 64, "Token=" + token):
        assert client.ask("POST", "/pause", wrong, form)[0] == 403
    assert client.ask("POST", "/resume", "token=" + token, form)[0] == 409
    status, headers, _ = client.ask("POST", "/pause", "token=" + token, form)
    assert (status, headers["location"]) == (303, "/")
    assert 'state="paused",why="' in client.get("/metrics")[2].decode()
    # Nobody new gets it: the release before, whose rollout goes on, is what is left.
    assert server.client("gw-2").get("/manifest")[2] == first
    server.kill()
    again = serve(server.state)
    assert again.client("gw-2").get("/manifest")[2] == first
    assert again.client().ask("POST", "/resume", "x=y&token=" + token, form)[0] == 303
    assert again.client("gw-2").get("/manifest")[2] == second


def test_abort_wants_the_token_and_is_for_good_until_a_fix(
    brownout: Brownout, serve: Serve, enrol: Enrol, releases: list[Path]
) -> None:
    first, second = ((release / "manifest.suit").read_bytes() for release in releases)
    server = serve(enrol("gw-1", "gw-2"))
    client, form = server.client(), {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.client("gw-1").get("/manifest")[2] == second
    good = "token=" + server.token()
    for wrong in ("", "token=", good + "0"):
        assert client.ask("POST", "/abort", wrong, form)[0] == 403
    assert 'state="running"' in client.get("/metrics")[2].decode()
    status, headers, _ = client.ask("POST", "/abort", good, form)
    assert (status, headers["location"]) == (303, "/")
    assert "brownout serve: rollout aborted by hand" in server.log.read_text()
    assert server.client("gw-2").get("/manifest")[2] == first
    for order in ("/pause", "/resume", "/abort"):
        assert client.ask("POST", order, good, form)[0] == 409
    server.kill()
    again = serve(server.state)
    assert 'sequence="2",state="aborted"' in again.client().get("/metrics")[2].decode()
    assert again.client("gw-2").get("/manifest")[2] == first
    again.kill()
    fix = make_release(brownout, releases[0].parent, "1.1.1", 70000, releases[1])
    mended = serve(server.state, folders=[*releases, fix])
    for device in ("gw-1", "gw-2"):
        assert mended.client(device).get("/manifest")[2] == (fix / "manifest.suit").read_bytes()


def test_tokens_and_keys_are_in_no_log_and_on_no_page(serve: Serve, enrol: Enrol) -> None:
    server = serve(enrol("gw-1"))
    client, token = server.client("gw-1"), server.token()
    pages = [client.get(path)[2] for path in ("/", "/metrics", "/style.css")]
    pages.append(client.ask("POST", "/pause?token=" + token, "token=" + token + "x")[2])
    pages.append(client.get("/" + "nothing?token=" + token)[2])
    client.ask("POST", "/pause", "token=" + token)
    said = server.log.read_text().encode() + b"".join(pages)
    secrets = [token, *(line for name in ("ca", "server", "backup", "devices/gw-1")
                        for line in (server.state / f"{name}.key.pem").read_text().splitlines()[1:-1])]  # fmt: skip
    assert not [secret for secret in secrets if secret.encode() in said]
    for name in ("token", "ca.key.pem", "server.key.pem", "backup.key.pem", "devices/gw-1.key.pem"):
        assert (server.state / name).stat().st_mode & 0o077 == 0


def test_status_page_allows_a_browser_nothing_but_its_own(range_server: Server) -> None:
    _, headers, body = range_server.client().get("/")
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert b"<script" not in body
    assert not re.search(rb"(src|href|action)=\"(?!/)", body)


class Browser:
    """Headless Chromium, by the W3C's WebDriver protocol."""

    def __init__(self) -> None:
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.driver.stdout
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                self.base = f"http://127.0.0.1:{found[1]}/session"
                break
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=900,1100"]
        wishes = {"acceptInsecureCerts": True, "goog:chromeOptions": {"args": arguments},
                  "goog:loggingPrefs": {"browser": "ALL"}}  # fmt: skip
        self.base += "/" + self.call("POST", "", {"capabilities": {"alwaysMatch": wishes}})["sessionId"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        data = None if method != "POST" else json.dumps(body or {}).encode()
        asked = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self.call("POST", "/url", {"url": url})

    def element(self, selector: str) -> str:
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return "/element/" + next(iter(found.values()))

    def text(self, selector: str) -> str:
        return self.call("GET", self.element(selector) + "/text")

    def style(self, selector: str, name: str) -> str:
        return self.call("GET", f"{self.element(selector)}/css/{name}")

    def press(self, button: str, token: str) -> None:
        form = f"form[action='/{button[1:]}'] "
        self.call("POST", self.element(form + "input[name=token]") + "/value", {"text": token})
        self.call("POST", self.element(button) + "/click")

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def complaints(self) -> list[str]:
        """What the page's console says of it: blocked by its policy, not found."""
        said = self.call("POST", "/se/log", {"type": "browser"})
        return [line["message"] for line in said if "favicon" not in line["message"]]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.call("DELETE", "")
        self.driver.terminate()
        self.driver.wait()
        assert self.driver.stdout
        self.driver.stdout.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    opened = Browser()
    yield opened
    opened.close()


def test_person_pauses_and_resumes_in_a_browser(
    serve: Serve, enrol: Enrol, browser: Browser, tmp_path: Path
) -> None:
    devices = [f"gw-{i}" for i in range(12)]
    server = serve(enrol(*devices), "--stages", "50:48,100")
    for i, device in enumerate(devices):
        client = server.client(device)
        client.get("/manifest")
        told = {"version": "1.1.0+0", "sequence_confirmed": "2"} if i % 3 == 0 else {"reset": "fault"}
        assert client.report(report(device, 1, **told)) == 200
    browser.open(f"https://127.0.0.1:{server.ports[0]}/")
    assert browser.text("#state") == "running"
    assert browser.style("#state", "background-color") == "rgba(46, 125, 70, 1)"
    assert browser.text("#stages tr.now") == "1, now 50.00 % 48 hours"
    assert browser.text("#versions").splitlines()[1:] == ["1.0.0 8 0", "1.1.0 4 0"]
    browser.press("#pause", "wrong")
    assert "not the token" in browser.text("body")
    browser.open(f"https://127.0.0.1:{server.ports[0]}/")
    browser.press("#pause", server.token())
    assert browser.text("#state") == "paused"
    assert browser.text("#why") == "Why: by hand"
    browser.screenshot(tmp_path / "page.png")
    browser.press("#resume", server.token())
    assert browser.text("#state") == "running"
    browser.call("POST", browser.element("#give-up") + "/click")
    browser.press("#abort", server.token())
    assert browser.text("#state") == "aborted"
    assert "sequence number above 2" in browser.text("#fix")
    browser.screenshot(tmp_path / "aborted.png")
    assert [line for line in browser.complaints() if "403" not in line] == []


# ---- nothing is lost ----


def load(server: Server, device: str, first: int, accepted: list[tuple[str, int]], stop: threading.Event) -> None:
    """Reports until the server dies; each is tried again, so that what was accepted is told again too."""
    number = first
    try:
        client = server.client(device)
        while not stop.is_set():
            if client.report(report(device, number)) == 200:
                accepted.append((device, number))
                number += 1
    except (OSError, http.client.HTTPException):
        pass


def killed_under_load(serve: Serve, state: Path, devices: list[str], kills: int) -> None:
    chance = random.Random(kills)
    accepted: list[tuple[str, int]] = []
    most_at_once = 0
    for _ in range(kills):
        server, stop = serve(state), threading.Event()
        before = len(accepted)
        known = dict(server.ledger("SELECT device, max(number) FROM log WHERE number > 0 GROUP BY device"))
        # The last one known is told again: whether it was answered before the server died, nobody knows.
        threads = [
            threading.Thread(target=load, args=(server, device, max(1, known.get(device, 0)), accepted, stop))
            for device in devices
        ]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.05, 0.4))
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        most_at_once = max(most_at_once, len(accepted) - before)
    final = serve(state)
    kept = final.ledger("SELECT device, number FROM log WHERE number > 0")
    assert most_at_once > len(devices), "there was no load to speak of"
    assert set(accepted) <= set(kept), "a report that was answered with 200 is not there"
    assert len(kept) == len(set(kept)), "a report is there twice"
    metrics = final.client().get("/metrics")[2].decode()
    assert f"brownout_reports_total {len(kept)}\n" in metrics
    print(f"{kills} kills, {len(accepted)} answers, {len(kept)} reports")


def test_killed_server_loses_no_accepted_report(serve: Serve, enrol: Enrol) -> None:
    devices = [f"gw-{i}" for i in range(6)]
    killed_under_load(serve, enrol(*devices), devices, KILLS)


@pytest.mark.long
def test_server_killed_50_times_loses_no_accepted_report(serve: Serve, enrol: Enrol) -> None:
    devices = [f"gw-{i}" for i in range(6)]
    killed_under_load(serve, enrol(*devices), devices, 50)


def test_full_disk_is_said_and_nothing_is_answered_as_kept(serve: Serve, enrol: Enrol) -> None:
    """A file that may not grow stands for a disk that is full: 503, and the server stops."""
    state = enrol("gw-1")
    server = serve(state)
    room = str((state / "ledger.db-wal").stat().st_size + 100000)
    subprocess.run(["prlimit", f"--pid={server.process.pid}", f"--fsize={room}"], check=True)
    client, accepted = server.client("gw-1"), 0
    with contextlib.suppress(OSError, http.client.HTTPException):
        while (status := client.report(report("gw-1", accepted + 1, saw="x" * 150))) == 200:
            accepted += 1
        assert status == 503
    assert server.process.wait(timeout=30) == 2
    assert "expected room on its disk" in server.log.read_text()
    assert accepted > 0
    assert serve(state).ledger("SELECT count(*) FROM log WHERE number > 0")[0][0] == accepted


# ---- logs ----


def test_log_tells_a_device_from_its_first_offer(serve: Serve, enrol: Enrol, brownout: Brownout) -> None:
    server = serve(enrol("gw-1", "gw-2"))
    client = server.client("gw-1")
    assert client.report(report("gw-1", 1)) == 200
    assert client.get("/manifest")[0] == 200
    assert client.get("/manifest")[0] == 200
    assert client.report(report("gw-1", 2, slot="B", version="1.1.0+0", sequence_confirmed="2", reset="software")) == 200
    assert client.report(report("gw-1", 3, refused="IO", saw="mirror 1: it stalls")) == 200
    done = brownout("log", server.state / "ledger.db", "gw-1")
    assert [line.partition("Z  ")[2] for line in done.stdout.splitlines()] == [
        "report 1  slot A, 1.0.0, confirmed, security counter 1",
        "offered   manifest 2",
        "report 2  slot B, 1.1.0, confirmed, security counter 1, manifest 2 confirmed; after a reset: software",
        "report 3  slot A, 1.0.0, confirmed, security counter 1, refused: the part reports failure; "
        "saw: mirror 1: it stalls",
    ]
    lines = json.loads(brownout("log", server.state / "ledger.db", "gw-1", "--json").stdout)
    assert [line.get("offered") or line["report"]["number"] for line in lines] == ["1", "2", "2", "3"]
    assert brownout("log", server.state / "ledger.db", "gw-3").returncode == 2
    assert brownout("log", server.state / "nothing.db", "gw-1").returncode == 2


# ---- what is wrong before it begins ----


def test_serve_refuses_what_it_cannot_serve(brownout: Brownout, releases: list[Path], tmp_path: Path) -> None:
    def refused(*arguments: str | Path) -> str:
        done = brownout("serve", *arguments, "--state", tmp_path / "s", "--port", "0")
        assert done.returncode == 2
        return done.stderr

    assert "no DIR" in refused()
    assert "expected a file of a release" in refused(tmp_path)
    assert "sequence number 1 like" in refused(releases[0], releases[0])
    broken = tmp_path / "broken"
    subprocess.run(["cp", "-r", releases[0], broken], check=True)
    (broken / "image.bin").write_bytes(b"other")
    assert "image.bin: not the image of release.json" in refused(broken)
    for stages in ("0:1,100", "100:1,50", "x", "50:0,100", "101", "50:1,", ""):
        assert refused(releases[0], "--stages", stages)
    (tmp_path / "s").mkdir(exist_ok=True)
    (tmp_path / "s" / "ledger.db").write_bytes(b"no ledger" * 1000)
    assert "ledger.db: file is not a database, expected a ledger" in refused(releases[0])
