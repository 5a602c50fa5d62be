// The exam in this browser's own storage, encrypted: F5 and a closed tab bring it back, leaving unsaved work warns.
// The page tells the text and the key; the key is kept in memory only. See ironreport/ui/browser_copy.py.

const OF_TAB = "ironreport-exam";
const MY_ID = "ironreport-id";
const KEPT = "ironreport-kept-";
const APART = "ironreport-apart-";  // refused on opening: nothing is written over it
const LEFT = "ironreport-left";  // what New exam left, for its minute
const LONGEST_MS = 7 * 24 * 3600 * 1000;
const GONE_MS = 1000; // so long a page that F5 ends may still hold its name
const TYPED_MS = 500; // a click on a download ends the typing in a field, and the text comes after the click
const WAYS_OUT = '[data-testid="stSidebar"] .st-key-save-exam, .st-key-download-pdf, .st-key-exports';

// one for the page, whatever is drawn anew
const me = (window.ironreportCopy ??= {
  session: "", told: 0, asked: 0, stored: null, saved: null, savedAt: 0, busy: false, again: false, ended: false,
  id: "", record: "", left: "", held: new Set(),
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

// whether this tab alone has the id, from now until it is closed
function hold(id) {
  if (me.held.has(id)) return true;
  return new Promise((answered) => {
    const asked = navigator.locks.request(KEPT + id, { signal: AbortSignal.timeout(GONE_MS) }, () => {
      me.held.add(id);
      answered(true);
      return new Promise(() => {});
    });
    asked.catch(() => answered(false));
  });
}

function call(id) {
  sessionStorage.setItem(MY_ID, (me.id = id));
  return id;
}

// a tab that was duplicated begins with the id of another, and gets one of its own: neither writes over the other's copy
async function myId() {
  const id = sessionStorage.getItem(MY_ID);
  if (id && id === me.id) return id;
  if (id && (await hold(id))) return call(id);
  const fresh = crypto.randomUUID();
  await hold(fresh);
  return call(fresh);
}

// what an open tab holds is that tab's
async function idsOfClosed(mine) {
  const held = (await navigator.locks.query()).held.map(({ name }) => name);
  return idsIn(localStorage, KEPT).filter((id) => id !== mine && !held.includes(KEPT + id));
}

// what is older than the longest is forgotten
function idsIn(store, prefix) {
  const ids = Object.keys(store).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const fresh = (id) => Math.abs(Date.now() - read(store, prefix + id)?.at) < LONGEST_MS;
  ids.filter((id) => !fresh(id)).forEach((id) => store.removeItem(prefix + id));
  return ids.filter(fresh);
}

const recordOf = (id) =>
  read(localStorage, KEPT + id) ?? read(localStorage, APART + id) ?? read(sessionStorage, APART + id);

function forget(id) {
  localStorage.removeItem(KEPT + id);
  forgetApart(id);
}

// all there is, but what may be another person's
async function listed({ key, alone }) {
  const found = (await idsOfClosed(me.id)).map((id) => ({ id, apart: false }));
  for (const store of [localStorage, sessionStorage]) {
    for (const id of idsIn(store, APART)) found.push({ id, apart: true });
  }
  const kept = [];
  for (const one of found) {
    const record = recordOf(one.id);
    const opens = (await unseal(record, key)) !== "";
    if (opens || alone) kept.push({ ...one, opens, at: record.at });
  }
  kept.sort((one, other) => other.at - one.at);
  return kept.map((one) => ({ ...one, at: clock(one.at) }));
}

// the record of this tab, or one that was offered: neither the next exam nor New exam takes it away
function setApart(id) {
  const kept = localStorage.getItem(KEPT + id);
  const ofTab = id === me.id ? sessionStorage.getItem(OF_TAB) : null;
  localStorage.removeItem(KEPT + id);
  if (id === me.id) {
    sessionStorage.removeItem(OF_TAB);
    sessionStorage.removeItem(MY_ID);
    me.stored = null;
  }
  if (kept) localStorage.setItem(APART + id, kept);
  else if (ofTab) sessionStorage.setItem(APART + id, ofTab);
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
  if (!text) sessionStorage.removeItem(MY_ID); // what was kept under it may be another person's, and stays
  const myself = await myId();
  if (mine && !text && data.alone) {
    sessionStorage.setItem(APART + myself, JSON.stringify(mine));
    sessionStorage.removeItem(OF_TAB);
    sessionStorage.removeItem(MY_ID); // the id goes with it
  }
  const left = await leftStill(data.key);
  const kept = await listed(data);
  if (!text && !kept.length && !left.left) return;
  const keeps = localStorage.getItem(KEPT + myself) !== null;
  tell({ what: "looked", text, id: myself, at: text ? clock(mine.at) : "", keeps, kept, ...left });
}

async function answer([n, what, id], data) {
  me.asked = n;
  if (what === "forget") forget(id);
  if (what === "mine") call(id);
  if (what === "apart") {
    setApart(id);
    tell({ what: "listed", kept: await listed(data) });
  }
  if (what !== "bring") return;
  const record = recordOf(id);
  const text = record ? await unseal(record, data.key) : "";
  if (text) await hold(id);
  tell({ what: "brought", text, id, at: text ? clock(record.at) : "", keeps: true });
}

// ---------------------------------------------------------------- what New exam left

async function keepLeft({ left, left_s, key }) {
  if (left === me.left) return;
  me.left = left;
  sessionStorage.removeItem(LEFT);
  if (!left) return;
  const record = { ...(await seal(left, key)), until: Date.now() + left_s * 1000 };
  try {
    sessionStorage.setItem(LEFT, JSON.stringify(record));
  } catch {
    return; // no room: it can be brought back until F5
  }
  setTimeout(dropLeft, left_s * 1000);
}

function dropLeft() {
  if (!(read(sessionStorage, LEFT)?.until > Date.now())) sessionStorage.removeItem(LEFT);
}

async function leftStill(key) {
  dropLeft();
  const record = read(sessionStorage, LEFT);
  const left_s = record ? Math.min((record.until - Date.now()) / 1000, 60) : 0;
  me.left = record ? await unseal(record, key) : "";
  if (!me.left) sessionStorage.removeItem(LEFT);
  else setTimeout(dropLeft, left_s * 1000);
  return { left: me.left, left_s };
}

async function store({ text, key, keep, safe }) {
  if (safe && text) me.saved = text;
  const saved = text === me.saved;
  const wanted = JSON.stringify([text, keep, saved]);
  if (wanted === me.stored) return;
  const name = KEPT + (await myId());
  me.stored = null;
  try {
    me.record = text ? JSON.stringify({ ...(await seal(text, key)), saved }) : "";
    put(sessionStorage, OF_TAB, me.record);
    put(localStorage, name, keep ? me.record : "");
  } catch (error) {
    // no room for it: the one before would come back with numbers that no longer hold
    sessionStorage.removeItem(OF_TAB);
    localStorage.removeItem(name);
    throw error;
  }
  if (text) forgetApart(me.id); // it was brought back
  else sessionStorage.removeItem(MY_ID);
  me.stored = wanted;
}

function forgetApart(id) {
  [localStorage, sessionStorage].forEach((place) => place.removeItem(APART + id));
}

function put(place, name, record) {
  if (record) place.setItem(name, record);
  else place.removeItem(name);
}

function parted(ask) {
  const [n, what, id] = ask.split(" ");
  return [Number(n), what, id];
}

async function turn() {
  const data = me.data;
  if (!data.key || !window.isSecureContext) return;
  if (me.session !== data.session) await look(data);
  for (const ask of data.asks.map(parted).filter(([n]) => n > me.asked)) await answer(ask, data);
  if (data.heard !== me.told) return;
  await keepLeft(data);
  await store(data);
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
  const isStored = keep && me.stored !== null && me.stored.startsWith(JSON.stringify([text, true]).slice(0, -1));
  const isKept = isStored && localStorage.getItem(KEPT + me.id) === me.record; // another tab may have forgotten it
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
