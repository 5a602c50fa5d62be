"""Findings: the answer per organ, then every step as a notebook cell."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import findings_page  # noqa: E402

st.header("Findings")
findings_page.show()
