"""The update server: what it refuses, with the right status and nothing else touched."""

import concurrent.futures
import contextlib
import http.client
import json
import re
import socket
import ssl
import time

import pytest

from server_fixture import Client, Enrol, Serve, Server, bad_client, enrol, range_server, releases, report, serve  # noqa: F401


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


@pytest.mark.parametrize(
    ("options", "least"), [(("--patience", "2"), 1.5), pytest.param((), 15, marks=pytest.mark.long)]
)
def test_slow_client_is_hung_up_on_and_disturbs_nobody(
    serve: Serve, enrol: Enrol, options: tuple[str, ...], least: float
) -> None:
    """A byte now and then is no request: patience ends, whatever the bytes."""
    server = serve(enrol("gw-1"), *options)
    with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=40) as plain:
        with server.tls().wrap_socket(plain, server_hostname="127.0.0.1") as line:
            began = time.monotonic()
            line.settimeout(0.2)
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
            assert least < time.monotonic() - began < 40
    assert "brownout_hung_up_total 1" in client.get("/metrics")[2].decode()
