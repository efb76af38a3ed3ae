"""The page in a real headless Chromium: no console errors, live updates, links, keyboard, narrow screens, axe-core."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from flowvigil.emulator.evaluation.clock import VirtualClock
from tests.editor.node import npm
from tests.emulator.conftest import NOW, running_cloud
from tests.emulator.lines import PROJECT, STORE, group, put, runs
from tests.emulator.scenery import BOARD, furnished, log_address

pytestmark = pytest.mark.engine

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = "axe-core@4.11.0"
VIEWS = ("/", "/flows/a", "/dashboards", f"/lognext/project/{PROJECT}/dashboard/{BOARD}", "/logs",
         f"/lognext/project/{PROJECT}/logsearch/{STORE}", "/messages", "/requests", "/flows/nobody")  # fmt: skip
MODES = [(1280, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def stage():
    started, end = running_cloud(now=VirtualClock(NOW))
    made = furnished(lambda **_: started)
    made.reports(0, 7)
    yield made
    end()


@pytest.fixture(scope="module")
def axe():
    """The text of axe-core, installed from npm into the user's cache once."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flowvigil" / "test-axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([*npm(), "install", "--prefix", str(folder), "--no-audit", "--no-fund", AXE], check=True)
    return script.read_text()


@pytest.fixture
def view(browser, stage):
    """Opens a path; what the console says is collected in `said`."""
    contexts = []

    def open_(path, width=1280, scheme="light", language="en-GB"):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language,
                                      bypass_csp=False)  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"http://{stage.cloud.address}{path}")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), MODES)
@pytest.mark.parametrize("path", VIEWS)
def test_every_view_loads_fits_and_is_accessible(view, axe, path, width, scheme):
    page = view(path, width, scheme)
    said = [text for text in page.said if "404" not in text or path != "/flows/nobody"]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("path", VIEWS)
def test_on_a_narrow_screen_the_whole_menu_is_seen(view, path):
    page = view(path, 390)
    assert page.evaluate("(nav => nav.scrollWidth - nav.clientWidth)(document.querySelector('.top nav'))") <= 0


def test_the_number_and_the_action_of_a_request_stand_in_one_line(view, stage):
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": "{}", "Type": "1", "Period": "60", "Values": '{"P95": 1}'}
    for _ in range(100):
        stage.cloud.rpc("DescribeMetricRuleTemplateAttribute", TemplateId="20001")
    stage.cloud.rpc("PutCustomMetric", MetricList=[entry] * 30)
    page = view("/requests")
    tall = """part => [...document.querySelectorAll(part)].map(one => {
        const text = document.createRange()
        text.selectNodeContents(one)
        return text.getBoundingClientRect().height
    })"""
    for part in (".journal td.n", ".journal summary"):
        assert max(page.evaluate(tall, part)) < 30


def test_a_long_value_leaves_the_columns_beside_it_in_sight(view, stage):
    at = stage.cloud.world.now() // 1000
    put(stage.cloud, group(*runs({"run_id": "x" * 400}, at=at)))
    query = "event: run | SELECT run_id, duration_ms ORDER BY length(run_id) DESC LIMIT 3"
    page = view(log_address(query, at - 3600, at + 1))
    assert page.locator(".rows td").nth(1).bounding_box()["x"] < 1280


def test_an_alarm_appears_without_loading_the_page_again(view, stage):
    page = view("/messages?channel=mail")
    before = page.locator(".message").count()
    page.evaluate("window.stays = true")
    stage.reports(0, 7)
    page.wait_for_function("n => document.querySelectorAll('.message').length > n", arg=before)
    assert page.evaluate("window.stays")


def test_an_update_keeps_focus_and_filter(view, stage):
    page = view("/")
    page.fill("#filter", "poem")
    tag = page.locator(".clockline time").inner_text()
    stage.advance(60)
    page.wait_for_function("t => document.querySelector('.clockline time').textContent !== t", arg=tag)
    assert page.input_value("#filter") == "poem"
    assert page.evaluate("document.activeElement.id") == "filter"


def test_a_gone_cloud_is_told(view):
    page = view("/")
    page.context.set_offline(True)
    page.wait_for_function("() => document.querySelector('#live').classList.contains('gone')")
    assert page.inner_text("#live") == "The pretend cloud does not answer"


def test_the_keyboard_reaches_a_flow_a_search_a_chart_and_every_view(view):
    page = view("/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows/*")
    page.locator(".chart").first.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".reading").count() == 1
    page.keyboard.press("4")
    page.wait_for_url("**/messages")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.wait_for_url(lambda address: address.endswith("/"))
    page.keyboard.press("/")
    page.keyboard.type("no such flow")
    assert page.locator("#no-match").is_visible()


def test_the_link_of_a_bar_opens_its_lines(view, stage):
    now = stage.cloud.world.now() // 1000
    page = view(log_address("*", now - 3600, now))
    page.locator(".bars a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.inner_text(".links b") == "1 line"


def test_a_search_is_sent_with_enter(view):
    page = view(f"/lognext/project/{PROJECT}/logsearch/{STORE}?queryTimeType=5")
    page.keyboard.press("/")
    page.fill("#query", "status: failed")
    page.keyboard.press("Enter")
    page.wait_for_url("**queryString=status*")
    assert "2 lines" in page.inner_text("main")


def test_the_language_is_switched_and_stays(view):
    page = view("/")
    page.click("a.switch")
    page.wait_for_url("**lang=zh**")
    page.keyboard.press("4")
    page.wait_for_url("**/messages")
    assert page.inner_text("h1") == "消息"
