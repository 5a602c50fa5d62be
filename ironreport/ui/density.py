"""Pages without the room that Streamlit leaves above and around it: the answer stands on the first screen.

What the browser does to each page stands here too: a number keeps its unit beside it, and a paste counts at once.

A style sheet of our own, sent as a component, because the house never hands the browser raw HTML.
"""

from __future__ import annotations

import json

import streamlit as st

from ironreport.language.beside_unit import UNIT_FOLLOWS

_CSS = """
/* what only carries a style or a script takes no room, nor the gap beside it */
[data-testid="stLayoutWrapper"]:has(> .st-key-dense, > .st-key-language-page, > .st-key-browser-copy-place) {
  display: none;
}
[data-testid="stMainBlockContainer"] { padding: 4.25rem 2rem 3rem; }
[data-testid="stMainBlockContainer"] h2 { font-size: 1.45rem; padding: 0.1rem 0 0.6rem; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.2rem; padding: 0; line-height: 1.35; margin-bottom: 0.6rem; }
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
[data-testid="stMainBlockContainer"] button[kind$="Active"],
[data-testid="stMainBlockContainer"] [role="radio"][aria-checked="true"] { color: inherit !important; }
[data-testid="stMainBlockContainer"] [data-testid="stSliderThumbValue"],
[data-testid="stMainBlockContainer"] [role="tab"][aria-selected="true"] { color: inherit !important; }
[data-testid="stMainBlockContainer"] [role="tab"][aria-selected="true"] p { font-weight: 600; }
/* where a click leads on, the words say so by their look too */
[data-testid="stPageLink"] a p, button[kind="tertiary"] p { text-decoration: underline; text-underline-offset: 0.2em; }
/* the framework's teal under the mouse is too dark on a dark page */
button:is([kind="tertiary"], [kind="secondary"]):hover:not(:active) { color: inherit !important; }
/* a passing notice covers no title */
[data-testid="stToastContainer"] { top: auto; bottom: 1rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.5rem 1rem 3rem; }
}
"""
_TOGETHER = """
// a line of the page does not end between a number and its unit
const BEFORE_UNIT = new RegExp(PATTERN, "g");
const TYPED = "pre, code, textarea, script, style, [contenteditable=true]";
const together = (node) => {
  if (!node.data.includes(" ") || node.parentElement?.closest(TYPED)) return;
  const before = node.previousSibling?.textContent ?? "";
  const joined = node.data
    .replace(BEFORE_UNIT, (space, digit) => (digit || /[0-9]$/.test(before) ? `${digit}\\u00a0` : space))
    // "95 % 7.0 to 9.4" is one doubt; Arabic has a colon and marks of direction in it
    .replace(/\\u00a0%([:\\u200e\\u200f]*) (?=\\u200e?[0-9])/g, "\\u00a0%$1\\u00a0");
  if (joined !== node.data) node.data = joined;
};
const togetherBelow = (root) => {
  if (root.nodeType === Node.TEXT_NODE) return together(root);
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) together(texts.currentNode);
};
const onChange = (changes) => changes.forEach(({ type, target, addedNodes }) =>
  type === "characterData" ? together(target) : addedNodes.forEach(togetherBelow));
let watching = null;
""".replace("PATTERN", json.dumps(f"(^|[0-9]) {UNIT_FOLLOWS}"))
_SCRIPT = """
// on a phone the menu lies over the page: it goes once a page of it is chosen
const NARROW = "(max-width: 768px)";
const CHOICE = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";
const close = (event) => {
  const menu = event.target.closest("[data-testid=stSidebar]");
  if (menu === null || event.target.closest(CHOICE) === null || !window.matchMedia(NARROW).matches) return;
  setTimeout(() => menu.querySelector("[data-testid=stSidebarCollapseButton] button")?.click(), 0);
};
// what is pasted counts at once: the framework would wait for Enter, or for a click elsewhere
const FIELD = "[data-testid=stMain] :is([data-testid=stTextArea] textarea, [data-testid=stTextInput] input)";
const ENTER = { key: "Enter", ctrlKey: true, bubbles: true };
const take = ({ target }) => {
  if (target.matches?.(FIELD)) setTimeout(() => target.dispatchEvent(new KeyboardEvent("keydown", ENTER)), 0);
};
// charts are drawn for a light or a dark page: where the computer goes over from one to the other, they are drawn anew
const scheme = window.matchMedia("(prefers-color-scheme: dark)");
export default function ({ setTriggerValue }) {
  const goneOver = () => setTimeout(() => setTriggerValue("scheme", true), 300);
  if (watching === null) {
    watching = new MutationObserver(onChange);
    watching.observe(document.body, { childList: true, characterData: true, subtree: true });
    togetherBelow(document.body);
  }
  document.addEventListener("click", close);
  document.addEventListener("paste", take);
  scheme.addEventListener("change", goneOver);
  return () => {
    watching?.disconnect();
    watching = null;
    document.removeEventListener("click", close);
    document.removeEventListener("paste", take);
    scheme.removeEventListener("change", goneOver);
  };
}
"""
_style = st.components.v2.component(
    "ironreport_dense", html="<span></span>", css=_CSS, js=_TOGETHER + _SCRIPT, isolate_styles=False
)


def dense() -> None:
    """Draw the page of this run without dead space."""
    with st.container(key="dense"):
        _style(key="dense-style", on_scheme_change=lambda: None)
