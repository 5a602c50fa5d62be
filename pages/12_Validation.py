"""Validation: how well a site's own measurements agree, and what change they support as real."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui import validation_page  # noqa: E402

st.header("Validation at your site")
validation_page.show()
