"""The update server: what it serves, what it takes, and what it never loses."""

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
from pathlib import Path

import pytest

from conftest import Brownout
from server_fixture import Enrol, Serve, Server, enrol, range_server, releases, report, serve  # noqa: F401

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


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def test_window_is_in_the_local_time_of_each_device(serve: Serve, enrol: Enrol, brownout: Brownout) -> None:
    """The window lies six hours ahead of Greenwich, half an hour around what a device's clock there says."""
    state = enrol("gw-1")
    assert brownout("enrol", state, "gw-2", "--utc-offset", "+06:00").returncode == 0
    now = time.gmtime()
    minute = now.tm_hour * 60 + now.tm_min
    server = serve(state, "--window", f"{clock(minute + 330)}-{clock(minute + 390)}")
    assert server.client("gw-2").get("/manifest")[0] == 200
    status, headers, _ = server.client("gw-1").get("/manifest")
    assert (status, headers["brownout-waits-for"]) == (204, "its window is closed")
    assert 0 < int(headers["retry-after"]) <= 6 * 3600
    # It moves to where it is: what is in the register counts from the next start on.
    server.kill()
    assert brownout("enrol", state, "gw-1", "--utc-offset", "+06:00").returncode == 0
    assert serve(state).client("gw-1").get("/manifest")[0] == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "x", "--window", "2:00-4:00"], "--window: '2:00-4:00', expected two times of day"),
        (["serve", "x", "--window", "02:00-02:00"], "--window: '02:00-02:00', expected two times of day"),
        (["serve", "x", "--patience", "0"], "--patience: '0', expected a number from 1 to 3600"),
        (["enrol", "x", "gw-1", "--utc-offset", "6"], "--utc-offset: '6', expected +HH:MM or -HH:MM"),
    ],
)
def test_times_that_are_none_are_refused(brownout: Brownout, arguments: list[str], message: str) -> None:
    done = brownout(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


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
