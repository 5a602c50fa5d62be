"""What stands over every page where the app is served to a network: that it is, who is signed in, and the way out."""

from __future__ import annotations

import streamlit as st

from ironreport.language import said
from ironreport.serving.notice import notice
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

WAY_OUT = "Sign out"
_WAY_OUT = """
<a id="out" href="/sign-out" target="_self"></a>
"""
_LOOK = """
#out { color: inherit; font-size: 0.875rem; text-decoration: underline; }
#out:focus-visible { outline: 3px solid #d98200; outline-offset: 2px; }
"""
# once the session has ended, what is on the screen goes too, without anybody there
_WATCH = """
const EVERY_MS = 20000;
export default function (component) {
  component.parentElement.querySelector("#out").textContent = component.data.way_out;
  const look = async () => {
    try {
      const answer = await fetch("/sign-in/state", { cache: "no-store" });
      if (answer.status !== 401) return;
      window.dispatchEvent(new Event("ironreport-ended")); // nobody is there to be warned of unsaved work
      window.location.replace("/sign-in");
    } catch { /* the server is away for a moment */ }
  };
  const timer = setInterval(look, EVERY_MS);
  return () => clearInterval(timer);
}
"""
_way_out = st.components.v2.component("ironreport_way_out", html=_WAY_OUT, css=_LOOK, js=_WATCH)


def served_by() -> str:
    """The computer that holds the exam, in words."""
    return "this computer" if notice() is None else "the computer that serves this app"


def show_banner() -> None:
    """Draw the banner; nothing where the app is served to this computer alone."""
    told = notice()
    if told is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="served"):
        st.markdown(f":material/lan: :small[Served on the network · signed in as {plain(told.person)}]")
        _way_out(key="way-out", data={"way_out": said(WAY_OUT, here())})
    if not told.encrypted:
        st.warning(
            "This line is not encrypted: the network can read what is on this page.", icon=":material/lock_open:"
        )
