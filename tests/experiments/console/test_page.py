"""The page, in a real browser: a case from induction to the score, by mouse, keys and touch."""

from __future__ import annotations

import shutil

import pytest

from tests.experiments.console.conftest import served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this computer")
DESKTOP, TABLET = {"width": 1280, "height": 800}, {"width": 820, "height": 1180}


@pytest.fixture(scope="module")
def browser():
    """A headless browser."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser, port, size, **more):
    """A page of the console, and what it complains of."""
    page = browser.new_context(viewport=size, **more).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.set_default_timeout(60000)
    page.goto(f"http://127.0.0.1:{port}/")
    return page, complaints


def test_a_patient_is_put_to_sleep_handed_over_disturbed_and_scored(browser, desk):
    with served(desk) as port:
        page, complaints = opened(browser, port, DESKTOP)
        expect = sync_api.expect

        page.fill("[name=seed]", "seven")
        page.press("[name=seed]", "Tab")
        expect(page.locator("[data-error=seed]")).to_have_text("seed: 'seven' is not allowed; a whole number")
        page.fill("[name=seed]", "7")
        page.fill("[name=horizon]", "40")
        page.press("[name=horizon]", "Enter")
        expect(page.locator("#setup")).not_to_be_visible()
        expect(page.locator("#which")).to_contain_text("seed 7, case 0")
        awake = int(page.inner_text("[data-signal=index] output"))
        assert awake > 80

        page.keyboard.press("p")
        page.keyboard.type("40")
        page.keyboard.press("Enter")
        error = page.locator("[data-error=propofol]")
        expect(error).to_have_text("propofol: 40 is not allowed; 0 to 8 µg/mL")
        page.fill("#dial-propofol", "4,0")
        page.keyboard.press("Enter")
        expect(error).to_be_empty()
        expect(page.locator("#now-propofol")).to_have_text("4.0")
        page.fill("#dial-remifentanil", "2.9")
        page.press("#dial-remifentanil", "ArrowUp")
        page.click("[aria-label='Set remifentanil']")
        expect(page.locator("#now-remifentanil")).to_have_text("3.0")
        page.keyboard.press("Escape")
        page.keyboard.press("3")  # fifteen times real time
        page.click("#run")
        expect(page.locator("#run")).to_have_text("❚❚ Pause")
        expect(page.locator("#clock")).not_to_have_text("0:00:00")
        page.click("#run")
        expect(page.locator("#run")).to_have_text("▶ Run")
        assert desk.clock > 0.0
        assert desk.speed == 15.0

        page.locator("body").click(position={"x": 5, "y": 5})
        page.keyboard.press("m")
        page.fill("[name=name]", "first")
        page.keyboard.press("Enter")
        expect(page.locator("#saved")).to_contain_text("first")
        page.click("[aria-label='Load first']")
        expect(page.locator("#records-note")).to_contain_text("the same readings to the last digit")
        page.keyboard.press("Escape")
        expect(page.locator("#records")).not_to_be_visible()
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator("#phase")).to_contain_text("preparation")
        expect(page.locator("#log")).to_contain_text("intubation")
        assert desk.session.trace().bis[-1, 0] < 65.0

        page.select_option("#agent", "pid_tuned")
        expect(page.locator("#advice")).to_contain_text("mg/kg/h")
        page.locator("body").click(position={"x": 5, "y": 5})
        page.click("#hand-over")
        expect(page.locator("#holder")).to_have_text("PID tuned has the pumps")
        expect(page.locator("#dial-propofol")).to_be_disabled()
        page.fill("#wishes [name=low]", "70")
        page.click("#wishes button")
        expect(page.locator("[data-error=low]")).to_contain_text("70 is not allowed; below high, 60")
        page.fill("#wishes [name=low]", "45")
        page.click("#wishes button")
        expect(page.locator("#wished")).to_contain_text("index 45 to 60")
        page.select_option("#fault", "bis_dropout")
        page.fill("#fault-numbers", "seconds=9e9")
        page.click("#strike")
        expect(page.locator("[data-error=fault]")).to_contain_text("seconds '9e9' is not allowed")
        page.fill("#fault-numbers", "seconds = 120")
        page.click("#strike")
        page.click("#skip")
        expect(page.locator("#alarms")).to_contain_text("Index: no signal")
        expect(page.locator("[data-signal=index] output")).to_have_text("– –")
        expect(page.locator("#faults-running")).to_contain_text("index dropout runs")
        page.click("#take-back")
        expect(page.locator("#holder")).to_have_text("pumps are in your hands")
        page.click("#skip-five")
        expect(page.locator("#faults-running")).to_be_empty()

        page.click("#finish")
        expect(page.locator("#finish")).to_have_text("Really finish?")
        page.click("#finish")
        expect(page.locator("#score")).to_be_visible()
        scored = page.locator("[data-metric=time_outside_40_60_percent] td")
        assert 0.0 <= float(scored.first.inner_text().removeprefix("✓ ")) <= 100.0
        page.select_option("#rival", "anaesthetist_textbook")
        page.click("#compare")
        expect(scored).to_have_count(2)
        assert complaints == []


def test_the_page_fits_a_tablet_and_is_worked_by_touch(browser, desk):
    with served(desk) as port:
        page, complaints = opened(browser, port, TABLET, has_touch=True)
        page.tap("#begin")
        for _ in range(5):
            page.tap("[aria-label='propofol dial: more']")
        page.tap("[aria-label='Set propofol']")
        sync_api.expect(page.locator("#now-propofol")).to_have_text("0.5")
        assert page.evaluate("document.documentElement.scrollWidth") == TABLET["width"]
        targets = page.locator("main button:visible, header button:visible, main select:visible")
        assert targets.count() > 20
        assert min(targets.evaluate_all("all => all.map(one => one.offsetHeight)")) >= 40  # a finger's
        fields = page.locator("input, select")
        assert all(
            fields.evaluate_all("all => all.map(one => one.labels.length > 0 || Boolean(one.ariaLabel))")
        )
        assert complaints == []
