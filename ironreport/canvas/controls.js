// Buttons, fields, sliders and keys around the canvas.

const TOOLS = [
  ["freehand", "Freehand", "F", "M3 14c2-7 6-10 8-7s-3 6-1 8 6-1 7-5"],
  ["polygon", "Polygon", "G", "M4 15 3 7l7-4 7 5-3 8z"],
  ["ellipse", "Ellipse", "E", "M10 4.5c4 0 7 2.4 7 5.5s-3 5.5-7 5.5-7-2.4-7-5.5 3-5.5 7-5.5z"],
  ["rectangle", "Rectangle", "R", "M3.5 5h13v10h-13z"],
  ["edit", "Edit", "V", "M5 3l10 7-4.5 1L8 16z"],
  ["window", "Window", "W", "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14"],
  ["pan", "Pan", "H", "M10 3v14M3 10h14M8 5l2-2 2 2M8 15l2 2 2-2M5 8l-2 2 2 2M15 8l2 2-2 2"],
];
const ACTS = [
  ["undo", "Undo", "Control+Z", "M7 4 3.5 7.5 7 11M4 7.5h8a4.5 4.5 0 0 1 0 9H8"],
  ["redo", "Redo", "Control+Y", "M13 4l3.5 3.5L13 11M16 7.5H8a4.5 4.5 0 0 0 0 9h4"],
  ["remove", "Delete", "Delete", "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6"],
  ["copy", "Copy on", "to the next slice: C", "M4 4h9v9H4zM16 7v9H7M11.5 18 14 16l-2.5-2"],
];
const TOOL_KEYS = Object.fromEntries(TOOLS.map(([tool, , key]) => [key.toLowerCase(), tool]));
const ARROWS = { arrowup: [-1, 0], arrowdown: [1, 0], arrowleft: [0, -1], arrowright: [0, 1] };
const FIRST_EXTENT = 13; // image pixels of a region placed by key
const HINTS = {
  polygon: "Click corner after corner; the first corner, a double click or Enter closes the line.",
  window: "Drag across for contrast, up for brightness. The right mouse button does this in every tool.",
  edit: "Drag a region or its handles. A double click on the line adds a corner, Delete takes one away.",
};

function element(name, fields = {}, ...children) {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...children);
  return made;
}

function iconButton(act, word, key, path) {
  const icon = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${path}"/></svg>`;
  const button = element("button", { type: "button", title: `${word} (${key})`, innerHTML: icon });
  button.append(element("span", { textContent: word }));
  button.dataset.do = act;
  return button;
}

class Controls {
  constructor(board, send) {
    [this.board, this.send] = [board, send];
    this.acts = {
      undo: () => board.list.undo() && this.commit(),
      redo: () => board.list.redo() && this.commit(),
      remove: () => this.remove(),
      copy: () => this.copy(),
      closer: () => board.view.zoomBy(1.4),
      farther: () => board.view.zoomBy(1 / 1.4),
      fit: () => board.view.zoomBy(0),
      play: () => board.play(),
    };
    const bar = board.find(".bar");
    bar.append(...TOOLS.map((tool) => iconButton(...tool)), element("span", { className: "gap" }));
    bar.append(...ACTS.map((act) => iconButton(...act)));
    this.pointing = new Pointing(board, (region) => (region ? this.add(region) : this.commit()));
    this.listen();
    board.painted = () => this.show();
  }

  listen() {
    const { board, board: { root } } = this;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.do) this.act(button.dataset.do);
      else if (button?.dataset.region) this.select(button.dataset.region);
    });
    board.find(".regions").addEventListener("change", (event) => {
      board.list.tick(event.target.value, event.target.checked);
      this.commit();
    });
    board.find(".slice").addEventListener("input", (e) => board.scrollBy(e.target.value - 1 - board.slice, false));
    board.find(".echo").addEventListener("input", (e) => board.scrollBy(e.target.value - 1 - board.echo, true));
    board.find(".organ").addEventListener("change", (e) => this.rename({ organ: e.target.value, location: "" }));
    board.find(".location").addEventListener("change", () => this.rename({ location: this.location }));
    board.find(".preset").addEventListener("change", (e) => {
      board.usePreset(e.target.value);
      board.ask();
    });
    board.canvas.addEventListener("keydown", (event) => this.key(event));
    board.canvas.addEventListener("pointerleave", () => {
      board.pointer = null;
      board.ask();
    });
  }

  act(name) {
    const { board } = this;
    if (this.acts[name]) this.acts[name]();
    else {
      board.tool = name;
      board.draft = null;
    }
    board.ask();
  }

  // ---------------------------------------------------------------- changes

  commit() {
    const { board } = this;
    board.revision += 1;
    this.send({
      series: board.data.series, edition: board.data.edition, revision: board.revision,
      regions: board.list.items, selected: board.list.selected, view: [board.slice, board.echo],
    });
    const item = board.list.current;
    const found = item && board.measure(item.region);
    const words = found ? say("{name}: {n} pixels", { name: board.name(item), n: found.n }) : say("No region selected");
    board.find(".spoken").textContent = words;
    board.ask();
  }

  add(region) {
    const { board } = this;
    board.list.add(board.find(".organ").value, this.location, region);
    this.commit();
  }

  /** In Edit the fields name the selected region; while drawing they name the next one, unless this one has no name. */
  rename(fields) {
    const { board, board: { list } } = this;
    if (fields.organ !== undefined) board.find(".location").value = "";
    if (list.current && (board.tool === "edit" || !list.current.organ)) list.change(fields);
    else if (list.current) list.selected = "";
    else return board.ask();
    return this.commit();
  }

  remove() {
    const { board } = this;
    const region = board.list.current?.region;
    if (!region) return;
    if (board.tool === "edit" && board.corner >= 0 && region.points.length > 3) {
      board.list.change({ region: withoutCorner(region, board.corner) });
      board.corner = -1;
    } else board.list.remove();
    this.commit();
  }

  copy() {
    const { board } = this;
    const item = board.list.current;
    const slice = item ? item.region.slice_index + 1 : 0;
    if (!item || slice >= board.data.n_slices) return;
    board.list.add(item.organ, item.location, { ...item.region, slice_index: slice });
    board.slice = slice;
    this.commit();
  }

  select(id) {
    const { board } = this;
    board.list.selected = id;
    board.slice = board.list.current.region.slice_index;
    this.commit();
  }

  // ---------------------------------------------------------------- keys

  key(event) {
    const name = event.key.toLowerCase();
    if (event.altKey) return;
    const done = event.ctrlKey || event.metaKey ? this.chord(name, event.shiftKey) : this.plain(name);
    if (!done) return;
    event.preventDefault();
    this.board.ask();
  }

  chord(name, shift) {
    if (name === "z") this.act(shift ? "redo" : "undo");
    else if (name === "y") this.act("redo");
    else return false;
    return true;
  }

  plain(name) {
    const { board } = this;
    const plain = {
      pageup: () => board.scrollBy(-1, false), pagedown: () => board.scrollBy(1, false),
      ",": () => board.scrollBy(-1, true), ".": () => board.scrollBy(1, true),
      "+": () => this.act("closer"), "=": () => this.act("closer"), "-": () => this.act("farther"), 0: () => this.act("fit"),
      " ": () => this.act("play"), c: () => this.act("copy"), n: () => this.next(),
      delete: () => this.act("remove"), backspace: () => this.back(),
      escape: () => (board.draft = null), enter: () => this.enter(),
      "[": () => this.grow(-0.5), "]": () => this.grow(0.5),
    };
    if (TOOL_KEYS[name]) this.act(TOOL_KEYS[name]);
    else if (ARROWS[name]) this.arrow(...ARROWS[name]);
    else if (plain[name]) plain[name]();
    else return false;
    return true;
  }

  /** Arrows move the selected region in Edit, the window in Window, else slices and echoes. */
  arrow(down, across) {
    const { board } = this;
    const region = board.list.current?.region;
    if (board.tool === "window") board.dragWindow(10 * across, -10 * down);
    else if (board.tool === "edit" && region?.slice_index === board.slice) this.reshape(moved(region, down, across));
    else board.scrollBy(down + across, down === 0);
  }

  grow(by) {
    const region = this.board.list.current?.region;
    if (region) this.reshape(grown(region, by));
  }

  reshape(region) {
    this.board.list.change({ region });
    this.commit();
  }

  back() {
    const { board } = this;
    if (board.draft?.open) this.pointing.openPolygon(board.draft.corners.slice(0, -1));
    else this.remove();
  }

  next() {
    const { items, selected } = this.board.list;
    if (items.length) this.select(items[(items.findIndex((item) => item.id === selected) + 1) % items.length].id);
  }

  enter() {
    const { board } = this;
    if (board.draft?.corners?.length > 2) this.pointing.closePolygon();
    if (!BOX_TOOLS.includes(board.tool)) return;
    const [row, column] = board.view.centre.map(Math.round);
    const half = FIRST_EXTENT / 2;
    const region = boxRegion(board.tool, [row - half, column - half], [row + half, column + half], board.slice);
    board.tool = "edit";
    this.add(region);
  }

  // ---------------------------------------------------------------- what is shown around the canvas

  show() {
    const { board, board: { data, list } } = this;
    board.root.dataset.tool = board.tool;
    board.root.dataset.revision = board.revision;
    board.root.dataset.answered = data.revision;
    for (const button of board.root.querySelectorAll(".bar button")) {
      const act = button.dataset.do;
      if (!this.acts[act]) button.setAttribute("aria-pressed", String(act === board.tool));
    }
    const region = list.current?.region;
    this.enable("undo", list.before.length);
    this.enable("redo", list.after.length);
    this.enable("remove", region);
    this.enable("copy", region && region.slice_index + 1 < data.n_slices);
    board.find(".play").setAttribute("aria-pressed", String(Boolean(board.cine)));
    board.find(".preset").value = board.preset;
    this.slider(".slice", board.slice, data.n_slices, `${board.slice + 1}/${data.n_slices}`);
    this.slider(".echo", board.echo, data.times_ms.length, `${board.echo + 1}/${data.times_ms.length} · ${data.time} ${withMark(data.times_ms[board.echo])} ms`);
    board.find(".slices").hidden = data.n_slices === 1;
    board.canvas.setAttribute("aria-label", say("Slice {slice} of {n_slices}, {frame} {at}, {n} regions", {
      slice: board.slice + 1, n_slices: data.n_slices, frame: say(data.frame).toLowerCase(), at: board.echo + 1,
      n: list.on(board.slice).length,
    }));
    this.showNames();
    this.showRegions();
    this.showHint();
  }

  enable(act, possible) { this.board.find(`[data-do="${act}"]`).disabled = !possible; }

  slider(name, at, n, said) {
    const slider = this.board.find(name);
    [slider.max, slider.value] = [n, at + 1];
    slider.setAttribute("aria-valuetext", said);
    this.board.find(`${name}-said`).textContent = said;
  }

  /** The fields follow the selected region; without one they keep what was chosen for the next. */
  showNames() {
    const { board, board: { data } } = this;
    const organ = board.find(".organ"), location = board.find(".location"), item = board.list.current;
    const organs = JSON.stringify([data.organs, say("choose")]);
    if (this.organs !== organs) {
      const chosen = organ.value;
      organ.replaceChildren(element("option", { value: "", textContent: say("choose") }));
      organ.append(...data.organs.map((o) => element("option", { value: o.id, textContent: o.name })));
      [organ.value, this.organs] = [chosen || data.organ, organs];
      [location.value, this.named] = ["", null]; // it may stand there in another language
    }
    if (item && item !== this.named) [organ.value, location.value] = [item.organ, say(item.location)];
    this.named = item;
    organ.classList.toggle("asked", Boolean(item && !item.organ));
    const list = board.find("#locations"), offered = this.locations.map((one) => say(one)), drawn = JSON.stringify(offered);
    if (list.dataset.drawn !== drawn) list.replaceChildren(...offered.map((value) => element("option", { value })));
    list.dataset.drawn = drawn;
  }

  /** Locations that the chosen organ is drawn at, in English. */
  get locations() {
    const { board } = this;
    return board.data.organs.find((o) => o.id === board.find(".organ").value)?.locations ?? [];
  }

  /** The location in the field, as the exam keeps it. */
  get location() { return unsaid(this.board.find(".location").value.trim(), this.locations); }

  showRegions() {
    const { board, board: { list, data } } = this;
    const drawn = JSON.stringify([
      list.items.map((i) => [i.id, i.organ, i.location, i.region.slice_index, i.reported]), list.selected, data.labels, data.outside,
      SPOKEN.words,
    ]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = board.root.getRootNode().activeElement;
    const ticked = focused?.type === "checkbox" ? focused.value : "";
    board.find(".regions").replaceChildren(...list.items.map((item) => this.regionEntry(item)));
    if (ticked) board.root.querySelector(`.regions input[value="${ticked}"]`)?.focus();
  }

  /** One region: its tick where it can be reported, then its name and number. */
  regionEntry(item) {
    const { board, board: { list, data } } = this;
    const swatch = element("i");
    swatch.style.background = board.colour(item.organ);
    const slice = data.n_slices > 1 ? say("slice {slice}", { slice: item.region.slice_index + 1 }) : "";
    const button = element("button", { type: "button" }, swatch, `${board.name(item)} `, slice);
    if (data.labels[item.id]) button.append(element("b", { textContent: data.labels[item.id] }));
    const why = board.outside(item);
    if (why) button.append(element("em", { textContent: say("not in the report"), title: why }));
    button.dataset.region = item.id;
    button.setAttribute("aria-pressed", String(item.id === list.selected));
    const entry = element("span", { className: "entry" });
    if (data.outside) {
      const tick = element("input", { type: "checkbox", value: item.id, checked: item.reported, title: say("Counts for the report") });
      tick.setAttribute("aria-label", say("In the report: {name}", { name: board.name(item) }));
      entry.append(tick);
    }
    entry.append(button);
    return entry;
  }

  hint() {
    const { board } = this;
    if (HINTS[board.tool]) return say(HINTS[board.tool]);
    if (board.tool === "pan") return "";
    const organ = board.find(".organ").value, location = this.location;
    if (!organ) return say("Choose the organ, then outline it.");
    return say("Next region: {name}", { name: board.name({ organ, location }) });
  }

  /** Place and value under the pointer, else what the tool wants. */
  showHint() {
    const { board } = this;
    const hint = board.find(".hint");
    const image = board.stored(board.slice, board.echo);
    if (!image) return void (hint.textContent = say("Loading the images"));
    const [row, column] = (board.pointer ? board.view.toImage(...board.pointer) : [-1, -1]).map(Math.floor);
    const { rows, columns } = image.part, { offset, step } = image;
    const isOn = row >= 0 && column >= 0 && row < rows && column < columns;
    const value = isOn && offset + step * image.values[row * columns + column];
    const read = () => say("row {row}, column {column}: {value}", { row, column, value: withMark(value.toPrecision(4)) });
    hint.textContent = isOn ? read() : this.hint();
  }
}
