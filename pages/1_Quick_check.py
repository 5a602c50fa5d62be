"""Quick check: a printed number from another report, and what can be said of it."""

from ironreport.ui import nav

nav.guard()

from ironreport.ui.quick import page  # noqa: E402 - the guard must be the first thing a page does

page.show()
