"""Self-check: whether this installation does what it must, for the file of the physicist."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import self_check_page  # noqa: E402

st.header("Self-check")
self_check_page.show()
