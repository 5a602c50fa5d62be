"""Report: what the reader adds, what is missing, and the PDF."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import report_page  # noqa: E402

st.header("Report")
report_page.show()
