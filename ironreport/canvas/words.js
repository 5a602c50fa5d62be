// What is said in the reader's language. English stands in the sources; Python sends the other words beside the data.

const SPOKEN = { words: {}, mark: "." };
const SAID_ATTRIBUTES = ["aria-label", "title", "placeholder"];
const pages = new WeakMap(); // by root: its nodes with the English that they were written with

/** An English text in the reader's language, its places filled: say("slice {slice}", { slice: 3 }). */
function say(english, values = {}) {
  const known = SPOKEN.words[english] ?? english;
  return known.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A word with its key behind it: "Freehand (F)". */
function sayWithKey(english) {
  const [, word, key] = english.match(/^(.*) \((.*)\)$/) ?? [];
  return word && !(english in SPOKEN.words) ? `${say(word)} (${key})` : say(english);
}

/** What was typed or chosen in the reader's language, in the English that the exam keeps; else as it was typed.
 * A phone begins each field with a capital. */
function unsaid(typed, of) {
  const small = typed.toLowerCase();
  return of.find((english) => [english, say(english)].some((word) => word.toLowerCase() === small)) ?? typed;
}

/** A number with the decimal mark of the language. */
function withMark(number) { return String(number).replace(".", SPOKEN.mark); }

/** Texts and attributes that a page was written with, before anything was shown in it. */
function writtenIn(root) {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = root; node; node = walker.nextNode()) {
    const english = node.nodeType === Node.TEXT_NODE ? node.data.replace(/\s+/g, " ").trim() : "";
    if (english) found.push([english, (said) => (node.data = node.data.replace(/\S[^]*\S|\S/, () => said))]);
    for (const name of SAID_ATTRIBUTES) {
      const held = node.getAttribute?.(name);
      if (held) found.push([held, (said) => node.setAttribute(name, said)]);
    }
  }
  return found;
}

/** Let a page speak: words by their English, the decimal mark, and the direction of what stands around the image. */
function speak(root, { words, mark, dir }) {
  if (!pages.has(root)) pages.set(root, writtenIn(root));
  for (const row of root.querySelectorAll(".names, .scroll, .regions, .title, .desk")) row.dir = dir;
  Object.assign(SPOKEN, { words, mark });
  for (const [english, put] of pages.get(root)) put(sayWithKey(english));
}
