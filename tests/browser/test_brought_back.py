"""Nothing is lost by a click: F5 and a closed tab bring the exam back, leaving unsaved work warns, New exam forgets."""

from __future__ import annotations

import json
import time

from playwright.sync_api import Dialog, Page, expect

from .test_journeys import settled

KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('ironreport-kept-'))"
STORED = "JSON.stringify({...localStorage, ...sessionStorage})"
WRITTEN = "(window.ironreportCopy.stored ?? '')"
IN_TAB = "sessionStorage.getItem('ironreport-exam')"
HAS_LEFT = "sessionStorage.getItem('ironreport-left') !== null"
MY_ID = "sessionStorage.getItem('ironreport-id')"
STORE_REFUSED = """async () => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const key = await crypto.subtle.importKey("raw", bytes(ironreportCopy.data.key), "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const packing = new Blob(['{"format": "of another version"}']).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = await new Response(packing).arrayBuffer();
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, packed);
  sessionStorage.setItem("ironreport-exam", JSON.stringify({ at: Date.now(), iv: text(iv), sealed: text(sealed) }));
  localStorage.setItem("ironreport-kept-ab", JSON.stringify({ at: Date.now(), iv: "AAAA", sealed: "AAAA" }));
}"""
APART = (
    "Object.keys({...localStorage, ...sessionStorage}).filter((name) => name.startsWith('ironreport-apart-')).length"
)
FORGET_BOTH = "document.querySelectorAll('[class*=st-key-forget-] button').forEach((button) => button.click())"
FILL = """() => {
  for (const size of [100000, 1000, 1]) {
    try { for (let n = 0; ; n++) sessionStorage.setItem(`${size}-${n}`, "x".repeat(size)); } catch {}
  }
}"""


def listened(page: Page, warned: list[str]) -> Page:
    def answer(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return page


def wait_until(page: Page, holds: str) -> None:
    """Asked from outside: waiting inside the page would evaluate a text, which its content policy forbids."""
    until = time.monotonic() + 60
    while not page.evaluate(holds):
        assert time.monotonic() < until, holds
        page.wait_for_timeout(50)


def reload(page: Page) -> None:
    page.reload()
    expect(page.get_by_text("is back: numbers and answers")).to_be_visible()
    expect(page.get_by_text("Heart: done")).to_be_visible()
    settled(page)


def duplicate_keeps_its_own(page: Page, app_url: str, of_the_tab: dict[str, str]) -> None:
    """A duplicated tab begins with all that the first one has, and its New exam takes nothing from that one."""
    other = page.context.new_page()
    other.add_init_script(f"if (!sessionStorage.length) Object.assign(sessionStorage, {json.dumps(of_the_tab)})")
    other.goto(app_url)
    expect(other.get_by_text("Heart: done")).to_be_visible()
    settled(other)
    assert other.get_by_role("button", name="Bring back the exam of").count() == 0, "its tab is open"
    assert other.evaluate(MY_ID) != page.evaluate(MY_ID)
    other.get_by_role("button", name="New exam").click()
    wait_until(other, f"{IN_TAB} === null")
    assert len(page.evaluate(KEPT)) == 1
    other.close()


def test_f5_and_a_closed_tab_bring_the_exam_back_and_new_exam_forgets_it(page: Page, app_url: str) -> None:
    warned: list[str] = []
    page.goto(app_url)
    page.get_by_role("button", name="See a sample exam").click()
    listened(page, warned)
    whose, date = (page.get_by_role("textbox", name=name) for name in ("Whose exam (pseudonym)", "Exam date"))
    expect(page.get_by_text("Heart: done")).to_be_visible()
    settled(page)
    wait_until(page, f"{IN_TAB} !== null && JSON.parse({IN_TAB}).saved")
    reload(page)
    assert warned == [], "the sample as it was opened is missed by nobody"
    whose.fill("Zephyrine")
    whose.press("Enter")
    settled(page)
    wait_until(page, f"{WRITTEN}.includes('Zephyrine')")
    reload(page)
    assert warned == ["beforeunload"], "the exam was not saved"
    expect(whose).to_have_value("Zephyrine")
    assert page.url.endswith("/Findings") and page.evaluate(KEPT) == []
    assert "Zephyrine" not in page.evaluate(STORED) and "te_ms" not in page.evaluate(STORED)

    with page.expect_download():
        page.get_by_role("button", name="Save exam").click()
    wait_until(page, f"JSON.parse({IN_TAB}).saved")
    reload(page)
    assert warned == ["beforeunload"], "it was saved"

    page.get_by_text("Keep in this browser").click()
    date.fill("2026-11-03")
    date.press("Enter")
    expect(page.get_by_text("Kept encrypted until New exam")).to_be_visible()
    settled(page)
    wait_until(page, f"{KEPT}.length === 1 && {WRITTEN}.includes('2026-11-03')")
    of_the_tab = page.evaluate("({...sessionStorage})")
    duplicate_keeps_its_own(page, app_url, of_the_tab)
    page.close(run_before_unload=True)
    page = listened(page.context.new_page(), warned)
    page.goto(app_url)
    page.get_by_role("button", name="Bring back the exam of").click()
    expect(page.get_by_role("heading", name="Findings", exact=True)).to_be_visible()
    settled(page)
    assert warned == ["beforeunload"], "it was kept"
    expect(page.get_by_role("textbox", name="Exam date")).to_have_value("2026-11-03")

    page.evaluate(FILL)
    whose = page.get_by_role("textbox", name="Whose exam (pseudonym)")
    whose.fill("A longer name, of forty signs at most")
    whose.press("Enter")
    wait_until(page, f"{KEPT}.length === 0 && {IN_TAB} === null")  # an older one would come back as if it held
    page.evaluate("sessionStorage.clear()")

    page.get_by_role("button", name="New exam").click()
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    wait_until(
        page, f"{KEPT}.length === 0 && {IN_TAB} === null && window.ironreportCopy.data.text === '' && {HAS_LEFT}"
    )
    page.reload()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Heart: done")).to_be_visible()
    page.get_by_role("button", name="New exam").click()
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    wait_until(page, f"{IN_TAB} === null && window.ironreportCopy.data.text === ''")
    page.evaluate('sessionStorage.setItem(\'ironreport-exam\', \'{"at": 1, "iv": "AAAA", "sealed": "AAAA"}\')')
    page.reload()
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    settled(page)
    expect(page.get_by_text("is back: numbers and answers")).to_have_count(0)
    assert warned == ["beforeunload"], "nothing was entered"


def test_a_copy_that_is_refused_or_damaged_stays_until_it_is_forgotten(page: Page, app_url: str) -> None:
    page.goto(app_url)
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    wait_until(page, "Boolean(window.ironreportCopy?.stored)")
    page.evaluate(STORE_REFUSED)
    page.reload()
    expect(page.get_by_text("was refused. It is kept apart")).to_be_visible()
    whose = page.get_by_role("textbox", name="Whose exam (pseudonym)")
    whose.fill("Zephyrine")
    whose.press("Enter")
    wait_until(page, f"{WRITTEN}.includes('Zephyrine')")
    assert page.evaluate(APART) == 1 and page.evaluate(KEPT) == ["ironreport-kept-ab"]
    expect(page.get_by_text("It was refused when it was opened")).to_be_visible()
    expect(page.get_by_text("cannot be read: it is damaged")).to_be_visible()
    settled(page)
    page.evaluate(FORGET_BOTH)
    expect(page.get_by_role("button", name="Forget it")).to_have_count(0)
    wait_until(page, f"{APART} === 0 && {KEPT}.length === 0")
    page.reload()
    expect(whose).to_have_value("Zephyrine")
