"""Clinic: the day's worklist, who is due, the registry, one patient; nothing is kept unless a clinic is opened."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui.clinic import page  # noqa: E402

st.header("Clinic")
page.show()
