"""Quick check: a printed number from another report, and what can be said of it."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import quick_check_page  # noqa: E402

st.header("Quick check")
quick_check_page.show()
