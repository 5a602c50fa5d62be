"""IronReport: entry of the Streamlit app. Router and page frame, no logic."""

from ironreport.ui import nav

nav.enter()
