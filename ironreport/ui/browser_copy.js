// The exam in this browser's own storage, encrypted: F5 and a closed tab bring it back, leaving unsaved work warns.
// The page tells the text and the key; the key is kept in memory only. See ironreport/ui/browser_copy.py.

const OF_TAB = "ironreport-exam";
const MY_ID = "ironreport-id";
const KEPT = "ironreport-kept-";
const LONGEST_MS = 7 * 24 * 3600 * 1000;
const TYPED_MS = 500; // a click on a download ends the typing in a field, and the text comes after the click
const MOST_SHOWN = 5;
const WAYS_OUT = '[data-testid="stSidebar"] .st-key-save-exam, .st-key-download-pdf, .st-key-exports';

// one for the page, whatever is drawn anew
const me = (window.ironreportCopy ??= {
  session: "", told: 0, asked: 0, stored: null, saved: null, savedAt: 0, busy: false, again: false, ended: false,
});

// ---------------------------------------------------------------- bytes

function to64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

const from64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function through(way, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(way)).arrayBuffer());
}

const keyOf = (key) => crypto.subtle.importKey("raw", from64(key), "AES-GCM", false, ["encrypt", "decrypt"]);

async function seal(text, key) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const packed = await through(new CompressionStream("deflate"), new TextEncoder().encode(text));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(key), packed);
  return { at: Date.now(), iv: to64(iv), sealed: to64(new Uint8Array(sealed)) };
}

// the text of a record, or "" where it is none of this person and this server
async function unseal(record, key) {
  try {
    const name = { name: "AES-GCM", iv: from64(record.iv) };
    const packed = new Uint8Array(await crypto.subtle.decrypt(name, await keyOf(key), from64(record.sealed)));
    return new TextDecoder().decode(await through(new DecompressionStream("deflate"), packed));
  } catch {
    return "";
  }
}

// ---------------------------------------------------------------- storage

function read(store, name) {
  try {
    return JSON.parse(store.getItem(name));
  } catch {
    return null;
  }
}

function myId() {
  if (!sessionStorage.getItem(MY_ID)) sessionStorage.setItem(MY_ID, crypto.randomUUID());
  return sessionStorage.getItem(MY_ID);
}

function keptIds() {
  const ids = Object.keys(localStorage).filter((name) => name.startsWith(KEPT)).map((name) => name.slice(KEPT.length));
  const fresh = (id) => Date.now() - read(localStorage, KEPT + id)?.at < LONGEST_MS;
  ids.filter((id) => !fresh(id)).forEach((id) => localStorage.removeItem(KEPT + id));
  return ids.filter(fresh);
}

function clock(at) {
  const two = (n) => String(n).padStart(2, "0");
  const then = new Date(at);
  const time = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === new Date().toDateString()) return time;
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${time}`;
}

// ---------------------------------------------------------------- what is done

function tell(what) {
  me.told += 1;
  me.tell("told", { n: me.told, ...what });
}

// a session that knows nothing yet is told what is here; where nothing is, nobody is disturbed
async function look(data) {
  me.session = data.session;
  me.told = me.asked = 0;
  me.stored = null;
  const mine = read(sessionStorage, OF_TAB);
  const text = mine ? await unseal(mine, data.key) : "";
  if (text && mine.saved) me.saved = text;
  const kept = [];
  for (const id of keptIds().filter((id) => id !== myId())) {
    const record = read(localStorage, KEPT + id);
    if (await unseal(record, data.key)) kept.push({ id, at: record.at });
  }
  kept.sort((one, other) => other.at - one.at);
  if (!text && !kept.length) return;
  tell({
    what: "looked", text, at: text ? clock(mine.at) : "", keeps: localStorage.getItem(KEPT + myId()) !== null,
    kept: kept.slice(0, MOST_SHOWN).map(({ id, at }) => ({ id, at: clock(at) })),
  });
}

async function answer({ n, what, id }, key) {
  me.asked = n;
  const record = read(localStorage, KEPT + id);
  if (what === "forget") localStorage.removeItem(KEPT + id);
  if (what !== "bring") return;
  const text = record ? await unseal(record, key) : "";
  if (text) sessionStorage.setItem(MY_ID, id);
  tell({ what: "brought", text, at: text ? clock(record.at) : "", keeps: true, kept: [] });
}

async function store({ text, key, keep }) {
  const saved = text === me.saved;
  const wanted = JSON.stringify([text, keep, saved]);
  if (wanted === me.stored) return;
  const record = text ? JSON.stringify({ ...(await seal(text, key)), saved }) : "";
  if (text) sessionStorage.setItem(OF_TAB, record);
  else sessionStorage.removeItem(OF_TAB);
  if (text && keep) localStorage.setItem(KEPT + myId(), record);
  else localStorage.removeItem(KEPT + myId());
  if (!text) sessionStorage.removeItem(MY_ID);
  me.stored = wanted;
}

async function turn() {
  const data = me.data;
  if (!data.key || !window.isSecureContext) return;
  if (me.session !== data.session) await look(data);
  if (data.ask.n > me.asked) await answer(data.ask, data.key);
  if (data.heard === me.told) await store(data);
}

// one turn at a time: of what changes meanwhile, the last counts
async function work() {
  me.again = true;
  if (me.busy) return;
  me.busy = true;
  try {
    while (me.again) {
      me.again = false;
      await turn();
    }
  } catch {
    // no room or no storage: then leaving warns
  } finally {
    me.busy = false;
  }
}

// ---------------------------------------------------------------- leaving

function isUnsaved() {
  const { text, keep, safe } = me.data;
  const isKept = keep && me.stored !== null && me.stored.startsWith(JSON.stringify([text, true]).slice(0, -1));
  return text !== "" && !safe && !isKept && text !== me.saved && !me.ended;
}

function leaving(event) {
  if (isUnsaved()) event.preventDefault();
}

function clicked(event) {
  if (!event.target.closest?.(WAYS_OUT) || !event.target.closest("button")) return;
  me.saved = me.data.text;
  me.savedAt = Date.now();
  work();
}

if (!me.isListening) {
  me.isListening = true;
  window.addEventListener("beforeunload", leaving);
  window.addEventListener("ironreport-ended", () => (me.ended = true));
  document.addEventListener("click", clicked, true);
}

export default function ({ data, setTriggerValue }) {
  me.data = data;
  me.tell = setTriggerValue;
  if (Date.now() - me.savedAt < TYPED_MS) me.saved = data.text;
  work();
}
