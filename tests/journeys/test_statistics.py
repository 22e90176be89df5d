"""The month's statistics: a publication officer looks and approves; then everybody reads them, without an account."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import House
from tests.journeys.people import WIDE, Visit, visiting

PATIENCE_SECONDS = 60


@pytest.mark.browser
def test_statistics_are_approved_and_read_by_everybody(browser: Browser, house: House) -> None:
    with visiting(browser, house, "statistics@dars", "/publications/") as stella:
        main, deadline = stella.page.get_by_role("main"), time.monotonic() + PATIENCE_SECONDS
        while main.get_by_text("Being made").count() and time.monotonic() < deadline:
            time.sleep(0.5)
            stella.page.reload()
        main.get_by_role("table").get_by_role("link").first.click()
        stella.look()
        expect(main).to_contain_text("June 2026 and the month before")
        if main.get_by_role("button", name="Approve and publish").count():  # the main job may have been quicker
            stella.press("Approve and publish")
        expect(main).to_contain_text("Published")
        stella.follow("Withdraw this edition")
        stella.open("/publications/2026-06/revise/")
    context = browser.new_context(viewport=WIDE, base_url=house.base_url)
    reader = Visit(context.new_page(), house)
    reader.open("/statistics/")
    reader.follow("Statistics for June 2026")
    for summary in reader.page.locator("main summary").all():
        summary.click()
    reader.look()
    # What is drawn is there: a chart whose file could not be had has no width.
    for chart in reader.page.locator("main img").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_js_property("complete", True)
        assert chart.evaluate("image => image.naturalWidth") > 0
    context.close()
