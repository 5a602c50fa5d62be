"""What the pages really show without a translation: all of them drawn, empty and with the sample exam."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ironreport.language import speech

ROOT = Path(__file__).resolve().parents[2]
LONGEST_RUN_S = 300


def shown_in_english(code: str) -> dict[str, str]:
    """Texts that fell back to English, each with the page on which it stood first."""
    with _heard() as found:
        for filled in (False, True):
            app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONGEST_RUN_S)
            app.session_state["_language"] = code
            app.run()
            if filled:
                next(one for one in app.button if getattr(one.proto, "type", "") == "primary").click().run()
            for page in sorted(path.name for path in (ROOT / "pages").glob("*.py")):
                found.page = page
                app.switch_page(f"pages/{page}").run()
        return dict(found)


class _Found(dict[str, str]):
    page = ""


@contextmanager
def _heard() -> Iterator[_Found]:
    """Listen at the door for texts that have no translation."""
    found, saying = _Found(), speech._Saying
    before = saying.all_of

    def all_of(self: speech._Saying, text: str) -> str:
        n = self.speech.n_missing
        said = before(self, text)
        if self.speech.n_missing > n:
            found.setdefault(text, found.page)
        return said

    saying.all_of = all_of  # type: ignore[method-assign]
    try:
        yield found
    finally:
        saying.all_of = before  # type: ignore[method-assign]
