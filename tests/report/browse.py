#!/usr/bin/env python3
"""Opens report pages in headless Chromium, driven over WebDriver on the loopback interface.

    browse.py PAGE.html [--screenshots DIR]

Checks that the page draws itself without an error on the console and without any network access,
steps by buttons and keys, fits a phone and shows nothing that a liar said as markup. Exits with 0,
with 1 and what is wrong, or with 77 where there is no browser to ask.
"""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SECONDS_MAX = 150
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--no-default-browser-check", "--metrics-recording-only",
    # Whatever the page might ask for finds no host.
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
KEYS = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011", "End": "\ue010",
        "Tab": "\ue004"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One session. The driver is ended by its process id, and the browser by the driver."""

    def __init__(self, chromium, driver):
        self.profile = tempfile.mkdtemp(prefix="byzgate-page-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.session = None
        self.wait_for_driver()
        options = {"binary": chromium, "args": FLAGS + [f"--user-data-dir={self.profile}"]}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = answer["sessionId"]

    def wait_for_driver(self):
        for _ in range(200):
            with contextlib.suppress(OSError):
                if self.call("GET", "/status")["ready"]:
                    return
            time.sleep(0.05)
        raise RuntimeError("the WebDriver server does not answer")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=40) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()[:400]}") from error

    def do(self, path, body=None, method="POST"):
        return self.call(method, f"/session/{self.session}{path}",
                         {} if body is None and method == "POST" else body)

    def run(self, script, *arguments):
        return self.do("/execute/sync", {"script": script, "args": list(arguments)})

    def element(self, selector):
        return self.do("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.do(f"/element/{self.element(selector)}/click")

    def press(self, *names):
        actions = []
        for name in names:
            key = KEYS.get(name, name)
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.do("/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def chrome(self, command, **parameters):
        self.do("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height, scale=1):
        self.chrome("Emulation.setDeviceMetricsOverride", width=width, height=height,
                    deviceScaleFactor=scale, mobile=width < 600)

    def dark(self, on):
        value = "dark" if on else "light"
        self.chrome("Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": value}])

    def log(self, kind):
        return self.do("/se/log", {"type": kind})

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.do("/screenshot", method="GET")))

    def close(self):
        if self.session is not None:
            with contextlib.suppress(Exception):
                self.do("", method="DELETE")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Checks:
    def __init__(self):
        self.failures = []

    def that(self, holds, what):
        if not holds:
            self.failures.append(what)
            print(f"FAILED: {what}")


def step_number(browser):
    return int(browser.run("return document.getElementById('step-count').textContent"
                           ".match(/Message (\\d+)/)[1]"))


def check_elements(browser, check):
    for selector in ["h1", "#outcome", "#tiles dd", "#cluster svg title", "#sequence svg .row",
                     "#step-text p", "#levels table caption", "#verdict", "#outcome-chart svg",
                     "#round option", "#record option", "#step-list li"]:
        found = browser.run("return document.querySelectorAll(arguments[0]).length", selector)
        check.that(found > 0, f"the page has {selector}")
    check.that(browser.run("return document.documentElement.lang") == "en", "a language is given")


def check_labels(browser, check):
    nameless = browser.run("""
        const named = (e) => e.getAttribute("aria-label") || e.textContent.trim()
            || (e.labels && e.labels.length > 0);
        return [...document.querySelectorAll("button, select, input, summary, [role=region]")]
            .filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 80));""")
    check.that(nameless == [], f"every control has a name: {nameless}")
    check.that(browser.run("return [...document.querySelectorAll('svg[role=img]')]"
                           ".every((s) => s.querySelector('title').textContent.length > 10)"),
               "every picture says in words what it shows")
    check.that(browser.run("return [...document.querySelectorAll('th')].every((t) => t.scope)"),
               "every table header says what it is the header of")
    check.that(browser.run("return document.getElementById('step-text').getAttribute('aria-live')")
               == "polite", "the step's text is announced")
    levels = browser.run("return [...document.querySelectorAll('h1,h2,h3')].map((h) => h.tagName)")
    check.that(levels.count("H1") == 1 and levels[0] == "H1", f"headings are in order: {levels}")


def check_steps(browser, check):
    count = browser.run("return document.querySelectorAll('#sequence .row').length")
    check.that(count > 4, "there are messages to step through")
    check.that(step_number(browser) == 1, "the first message comes first")
    first = browser.run("return document.getElementById('step-text').textContent")
    browser.click("#next")
    check.that(step_number(browser) == 2, "the button steps on")
    check.that(browser.run("return document.getElementById('step-text').textContent") != first,
               "another message has another text")
    browser.run("document.getElementById('stage').focus()")
    browser.press("ArrowRight", "ArrowRight")
    check.that(step_number(browser) == 4, "the right arrow key steps on")
    browser.press("ArrowLeft")
    check.that(step_number(browser) == 3, "the left arrow key steps back")
    browser.press("End")
    check.that(step_number(browser) == count, "End goes to the last message")
    browser.press("ArrowRight")
    check.that(step_number(browser) == count, "there is nothing after the last message")
    check.that(browser.run("return document.getElementById('next').disabled"),
               "the button on is off at the end")
    browser.press("Home")
    check.that(step_number(browser) == 1, "Home goes to the first message")
    browser.click("#play")
    for _ in range(80):
        if step_number(browser) > 1:
            break
        time.sleep(0.1)
    check.that(step_number(browser) > 1, "it plays by itself")
    browser.click("#play")
    stopped = step_number(browser)
    now = browser.run("return document.querySelectorAll('#sequence .row.now').length")
    check.that(now == 1 and step_number(browser) == stopped, "one message is marked, and it waits")


def check_lies(browser, check):
    lies = browser.run("return document.querySelectorAll('#sequence .row.lie').length")
    faults = browser.run("return data.runs[0].rounds[chosen.round].faulty.length")
    check.that((lies > 0) == (faults > 0), f"{faults} liars, {lies} lies in the picture")
    if lies > 0:
        step = browser.run("return Number(document.querySelector('#sequence .row.lie')"
                           ".dataset.step)")
        browser.run("showStep(arguments[0])", step)
        check.that(browser.run("return document.querySelector('#step-text .lie-note')"
                               ".textContent.startsWith('✗ A lie: ')"),
                   "the text says that it is a lie, and why")
        check.that(browser.run("return document.querySelectorAll('#cluster .liar .frame').length")
                   >= faults, "liars are marked by more than a colour")


def check_choosers(browser, check):
    rounds = browser.run("return document.querySelectorAll('#round option').length")
    if rounds > 1:
        browser.run("showRound(0)")
        browser.click("#round-on")
        check.that(browser.run("return chosen.round") > 0, "the next round can be chosen")
    records = browser.run("return document.querySelectorAll('#record option').length")
    if records > 1:
        browser.click("#record-on")
        check.that(browser.run("return chosen.record") == 1, "the next record can be chosen")
    for _ in range(30):
        browser.press("Tab")
        outline = browser.run("const e = document.activeElement; return e === document.body ? ''"
                              " : getComputedStyle(e).outlineStyle")
        if outline == "none":
            what = browser.run("return document.activeElement.outerHTML.slice(0, 80)")
            check.that(False, f"the focus is visible on {what}")
            break
    runs = browser.run("return data.runs.length")
    for i in range(runs):
        browser.run("showRun(arguments[0]); showRecord(0, 0)", i)
        for _ in range(3):
            browser.click("#next")
    browser.run("showRun(0)")


def check_phone(browser, check):
    for width in (320, 390, 768):
        browser.size(width, 844)
        time.sleep(0.2)
        for scroll, inner in [browser.run("return [document.scrollingElement.scrollWidth,"
                                          " window.innerWidth]")]:
            check.that(scroll <= inner, f"no sideways scrolling at {width} pixels: {scroll}")
        check.that(browser.run("return window.innerWidth") == width, f"the window is {width} wide")
    browser.size(390, 844)


def check_network(browser, check):
    asked = []
    for entry in browser.log("performance"):
        event = json.loads(entry["message"])["message"]
        if event["method"] == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            if not url.startswith(("file:", "data:", "chrome:", "about:")):
                asked.append(url)
    check.that(asked == [], f"the page asks the network for nothing: {asked}")
    worst = [e["message"] for e in browser.log("browser") if e["level"] in ("SEVERE", "WARNING")]
    check.that(worst == [], f"nothing on the console: {worst}")


def check_markup(browser, check):
    check.that(browser.run("return document.scripts.length") == 2, "no text became a script")
    check.that(browser.run("return window.hacked === undefined"), "no text was run")
    check.that(browser.run("return document.querySelectorAll('img, iframe, object').length") == 0,
               "no text became an element")


def screenshots(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, dark, scale in [("light", 1280, 900, False, 1),
                                             ("dark", 1280, 900, True, 1),
                                             ("phone", 390, 844, False, 2),
                                             ("phone-dark", 390, 844, True, 2)]:
        browser.size(width, height, scale)
        browser.dark(dark)
        time.sleep(0.3)
        lie = browser.run("const l = document.querySelector('#sequence .row.lie');"
                          "return l ? Number(l.dataset.step) : 3")
        browser.run("showStep(arguments[0])", lie)
        total = browser.run("return document.scrollingElement.scrollHeight")
        at, part = 0, 0
        while at < total and part < 8:
            browser.run("window.scrollTo(0, arguments[0])", at)
            time.sleep(0.1)
            browser.screenshot(folder / f"{name}-{part}.png")
            at += height - 60
            part += 1
    browser.dark(False)


def main():
    page = pathlib.Path(sys.argv[1]).resolve()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: chromium and chromedriver are not both installed")
        return 77
    signal.alarm(SECONDS_MAX)
    check = Checks()
    browser = Browser(chromium, driver)
    try:
        browser.size(1280, 900)
        browser.do("/url", {"url": page.as_uri()})
        check_elements(browser, check)
        check_labels(browser, check)
        check_steps(browser, check)
        check_lies(browser, check)
        check_choosers(browser, check)
        check_markup(browser, check)
        check_phone(browser, check)
        check_network(browser, check)
        if "--screenshots" in sys.argv:
            screenshots(browser, pathlib.Path(sys.argv[sys.argv.index("--screenshots") + 1]))
    finally:
        browser.close()
    print(f"{page.name}: {len(check.failures)} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
