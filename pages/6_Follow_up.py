"""Follow-up: earlier results beside this exam, and whether a change is more than the measurement error."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import follow_up_page  # noqa: E402

st.header("Follow-up")
follow_up_page.show()
