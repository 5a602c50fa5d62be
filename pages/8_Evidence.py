"""Evidence: every value, rule and source, searchable, with the calibrations drawn together."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui.evidence import page  # noqa: E402

st.header("Evidence")
page.show()
