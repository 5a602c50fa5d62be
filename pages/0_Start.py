"""Start: what this is, the ways in, a sample exam, and copies kept on this computer."""

from ironreport.ui import nav

nav.guard()

from ironreport.ui import start_page  # noqa: E402 - the guard must be the first thing a page does

start_page.show()
