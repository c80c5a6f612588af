"""The update server and people: the status page, its buttons and the token behind them."""

import base64
import contextlib
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Brownout
from server_fixture import Enrol, Serve, Server, enrol, make_release, range_server, releases, report, serve  # noqa: F401


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
    # What was answered is on the disk.
    server.kill()
    assert "brownout serve: rollout aborted by hand" in server.log.read_text()
    again = serve(server.state)
    for order in ("/pause", "/resume", "/abort"):
        assert again.client().ask("POST", order, good, form)[0] == 409
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

    def shows(self, selector: str, holds: Callable[[str], bool]) -> bool:
        """A press leads to another page, which comes when it comes; what is read may still be the last one's."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(urllib.error.HTTPError):
                if holds(self.text(selector)):
                    return True
            time.sleep(0.05)
        return False

    def becomes(self, selector: str, text: str) -> bool:
        return self.shows(selector, lambda shown: shown == text)

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
    assert browser.shows("body", lambda shown: "not the token" in shown)
    browser.open(f"https://127.0.0.1:{server.ports[0]}/")
    browser.press("#pause", server.token())
    assert browser.becomes("#state", "paused")
    assert browser.text("#why") == "Why: by hand"
    browser.screenshot(tmp_path / "page.png")
    browser.press("#resume", server.token())
    assert browser.becomes("#state", "running")
    browser.call("POST", browser.element("#give-up") + "/click")
    browser.press("#abort", server.token())
    assert browser.becomes("#state", "aborted")
    assert "sequence number above 2" in browser.text("#fix")
    browser.screenshot(tmp_path / "aborted.png")
    assert [line for line in browser.complaints() if "403" not in line] == []
