"""Images: read DICOM files, place a region by numbers, add its decay to the exam."""

from ironreport.ui import nav

nav.guard()

import streamlit as st  # noqa: E402 - the guard must be the first thing a page does

from ironreport.ui.workbench import page  # noqa: E402

st.header("Images")
page.show()
