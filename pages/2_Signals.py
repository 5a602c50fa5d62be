"""Signals: paste or load echo times and signals, see what was read, add the organ to the exam."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import signals_page  # noqa: E402

st.header("Signals")
signals_page.show()
