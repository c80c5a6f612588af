"""A server that runs for a test: releases, devices with certificates, and a client's side of HTTPS."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, Brownout

VENDOR = "717372e8-e7f8-8f16-ae11-fff4dea0082a"
CLASS = "6d721854-23a0-8d7a-92de-6d1527399e15"

Enrol = Callable[..., Path]
Report = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


def report(device: str, number: int, **more: Any) -> Report:
    """What a healthy device tells."""
    return {
        "device": device,
        "number": str(number),
        "slot": "A",
        "version": "1.0.0+0",
        "confirmed": True,
        "security_counter": 1,
        "revoked": 0,
        "sequence_confirmed": "0",
        "sequence_given_up": "0",
        "sequence_refused": "0",
        "refused": "OK",
        "reset": "power",
        "saw": "",
        **more,
    }


class Client:
    """One connection, kept alive, with a device's certificate or none."""

    def __init__(self, server: "Server", device: str | None = None, listener: int = 0) -> None:
        self.context = server.tls(device)
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", server.ports[listener], context=self.context, timeout=30
        )

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        data = json.dumps(body) if isinstance(body, dict) else body
        self.connection.request(method, path, data, headers or {})
        answer = self.connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def report(self, body: Report) -> int:
        return self.ask("POST", "/report", body)[0]

    def close(self) -> None:
        self.connection.close()


class Server:
    """`brownout serve`, in a process of its own."""

    def __init__(self, program: str, state: Path, folders: list[Path], *options: str) -> None:
        self.state = state
        self.log = state.parent / f"{state.name}.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [program, "serve", *map(str, folders), "--state", str(state), "--port", "0", *options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        self.ports: list[int] = []
        for line in self.process.stdout:
            name, _, rest = line.partition("   ")
            if name in ("server", "mirror"):
                self.ports.append(int(rest.rsplit(":", 1)[1]))
            if name == "release":
                break
            if line.startswith("release"):
                break
        assert self.ports, self.log.read_text()

    def tls(self, device: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.state / "ca.pem"))
        if device:
            folder = self.state / "devices"
            context.load_cert_chain(folder / f"{device}.pem", folder / f"{device}.key.pem")
        return context

    def client(self, device: str | None = None, listener: int = 0) -> Client:
        return Client(self, device, listener)

    def ledger(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.state / "ledger.db")) as db:
            return db.execute(query, values).fetchall()

    def token(self) -> str:
        return (self.state / "token").read_text().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        assert self.process.stdout
        self.process.stdout.close()
        return status


Serve = Callable[..., Server]


def make_release(brownout: Brownout, folder: Path, version: str, size: int, previous: Path | None) -> Path:
    """A release below folder, signed by the key that lies there."""
    payload = folder / "app.bin"
    payload.write_bytes(bytes(i * 7 % 251 for i in range(size)))
    done = brownout(
        "release", payload, "--key", folder / "vendor.pem", "--name", "gateway", "--supplier", "Example",
        "--version", version, "--header-size", "32", "--slot-size", "262144", "--vendor-id", VENDOR,
        "--class-id", CLASS, *(["--previous", previous] if previous else ["--security", "1"]),
        "--out", folder / version,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / version


@pytest.fixture(scope="session")
def releases(brownout: Brownout, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two releases, 1.0.0 and 1.1.0, manifests 1 and 2; the second image has 200,000 bytes and some."""
    folder = tmp_path_factory.mktemp("releases")
    assert brownout("keygen", folder / "vendor.pem").returncode == 0
    made: list[Path] = []
    for version, size in (("1.0.0", 60000), ("1.1.0", 200000)):
        made.append(make_release(brownout, folder, version, size, made[-1] if made else None))
    return made


@pytest.fixture
def enrol(brownout: Brownout, tmp_path: Path) -> Callable[..., Path]:
    """Devices of that name have certificates; the state folder."""

    def call(*devices: str, folder: str = "state") -> Path:
        done = brownout("enrol", tmp_path / folder, *devices)
        assert done.returncode == 0, done.stderr
        return tmp_path / folder

    return call


@pytest.fixture
def serve(program: str, releases: list[Path]) -> Iterator[Serve]:
    """Starts servers of both releases, to all devices unless told otherwise; each must end well."""
    started: list[Server] = []

    def call(state: Path, *options: str, folders: list[Path] | None = None) -> Server:
        if "--stages" not in options:
            options = ("--stages", "100", *options)
        started.append(Server(os.path.join(ROOT, program), state, folders or releases, *options))
        return started[-1]

    yield call
    for server in started:
        if server.process.returncode is None:
            status = server.stop()
            assert status == 0, f"exit status {status}: {server.log.read_text()}"


@pytest.fixture(scope="module")
def range_server(program: str, releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("range") / "state"
    server = Server(str(ROOT / program), state, releases, "--mirror", "0", "--mirror", "0")
    yield server
    assert server.stop() == 0


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
