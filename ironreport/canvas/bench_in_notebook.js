// How the workbench meets a notebook: a widget in a shadow root, so that neither look reaches the other.

const OPEN = (PIXELS.open ??= new Map()); // by series: how many benches of it stand on this page
const OURS = ["keydown", "keypress", "keyup", "contextmenu"]; // the notebook has commands on the same keys
const LABELS_AFTER_MS = 120; // measuring for the labels waits until the hand rests

/** The elements of one bench; the attribute is how JupyterLab is told to leave the keys alone. */
function standIn(el) {
  const host = document.createElement("div");
  host.dataset.lmSuppressShortcuts = "true";
  for (const name of OURS) host.addEventListener(name, (event) => event.stopPropagation());
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${LOOK}</style>${PAGE}`;
  el.append(host);
  return { host, bench: root.querySelector(".bench") };
}

function partsOf(series) { return [...PIXELS.parts].filter(([, part]) => part.series === series); }

/** Pixels are asked for once for all benches of a series; they are no state, so no notebook is saved with them. */
function fetchPixels(model, { series, n_slices: n }) {
  OPEN.set(series, (OPEN.get(series) ?? 0) + 1);
  const held = partsOf(series).reduce((sum, [, part]) => sum + part.n_slices, 0);
  if (held < n) model.send({ pixels: "wanted" });
}

function leavePixels({ series }) {
  const left = OPEN.get(series) - 1;
  OPEN.set(series, left);
  if (!left) for (const [name] of partsOf(series)) PIXELS.parts.delete(name);
}

function render({ model, el }) {
  const { host, bench } = standIn(el);
  const board = new Board(bench);
  let later;
  new Controls(board, (drawn) => {
    model.send({ drawn }); // taken at once, so that the cell run next measures it; state would wait its turn
    clearTimeout(later);
    later = setTimeout(() => model.send({ labels: "wanted" }), LABELS_AFTER_MS);
  });
  const adopt = () => board.adopt(model.get("_told"));
  const take = (message, buffers) => {
    const [part] = buffers ?? [];
    if (message.pixels) unpack(new Uint8Array(part.buffer ?? part, part.byteOffset ?? 0, part.byteLength), host);
  };
  model.on("change:_told", adopt);
  model.on("msg:custom", take);
  adopt();
  fetchPixels(model, board.data);
  return () => {
    clearTimeout(later);
    model.off("change:_told", adopt);
    model.off("msg:custom", take);
    board.close();
    leavePixels(board.data);
  };
}

export default { render };
