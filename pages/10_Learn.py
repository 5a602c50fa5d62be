"""Learn: guided cases, regions on images of known truth, simulator, practice, glossary, teaching."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui.learn import page  # noqa: E402

st.header("Learn")
page.show()
