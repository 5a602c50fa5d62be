"""Maps: T2*, R2*, iron and doubt of every pixel, and what the screen for vessels leaves out."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui.maps import page  # noqa: E402

st.header("Maps")
page.show()
