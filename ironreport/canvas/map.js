// A map over its image: colours, hatch, outlines, bar, and the value at a place. Knows no physics: codes become
// colours and values by tables from Python.
//
// Planes of each slice: grey | code of the rate | code of the doubt. Codes: 0 outside the body, 1 not measurable,
// from 2 on even steps of the logarithm. Where the rate is not measurable the third plane holds the code of its
// lower limit, or 0.

const GREY = 0, RATE = 1, DOUBT = 2;
const OUTSIDE = 0, UNMEASURABLE = 1, FIRST_CODE = 2, LAST_CODE = 65535;
const SAY_AFTER_MS = 250;
const HATCH_PX = 7;
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** A picture of the size of the image, made from a function of the pixel's index that gives a colour word. */
function picture(rows, columns, wordOf) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = wordOf(i);
  context.putImageData(image, 0, 0);
  return canvas;
}

function wordOfHex(hex) {
  const [red, green, blue] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Three digits, and no more than two decimals. */
const written = (value) => String(value < 1 ? Math.round(100 * value) / 100 : Number(value.toPrecision(3)));

class MapView {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.canvas = this.find(".image");
    this.view = new View();
    this.fingers = new Map();
    this.repaint = () => this.ask();
    PIXELS.heard.addEventListener("came", this.repaint);
    this.watch = new ResizeObserver(this.repaint);
    this.watch.observe(this.find(".stage"));
    this.listen();
  }

  close() {
    PIXELS.heard.removeEventListener("came", this.repaint);
    this.watch.disconnect();
    clearTimeout(this.later);
  }

  adopt(data) {
    if (data.map !== this.data?.map) {
      this.view = new View();
      [this.slice, this.opacity, this.at] = [data.slice, data.opacity, null];
    }
    if (data.chosen !== this.data?.chosen) this.slice = data.slice;
    this.data = data;
    speak(this.root, data.words);
    this.table = new Uint32Array(LAST_CODE + 1);
    const words = data.colours.map(wordOfHex);
    let band = 0;
    for (let code = FIRST_CODE; code <= LAST_CODE; code++) {
      while (band < data.breaks.length && code >= data.breaks[band]) band++;
      this.table[code] = words[band];
    }
    this.pictures = new Map();
    this.paintLegend();
    this.ask();
  }

  // ---------------------------------------------------------------- pixels and values

  plane(which) {
    for (const part of PIXELS.parts.values()) {
      const at = this.slice - part.first_slice;
      if (part.series !== this.data.map || at < 0 || at >= part.n_slices || !part.stored) continue;
      const size = part.rows * part.columns;
      return part.stored.subarray((at * part.echoes + which) * size, (at * part.echoes + which + 1) * size);
    }
    return null;
  }

  /** The value of a code, between the nodes of a table. */
  valueOf(code, nodes) {
    const along = ((code - FIRST_CODE) / (LAST_CODE - FIRST_CODE)) * (nodes.length - 1);
    const before = Math.min(Math.floor(along), nodes.length - 2);
    return nodes[before] + (along - before) * (nodes[before + 1] - nodes[before]);
  }

  /** What is known at a pixel, in words. */
  wordsAt(row, column) {
    const { data } = this;
    const rate = this.plane(RATE), doubt = this.plane(DOUBT);
    if (!rate) return say("Loading the map");
    const i = row * data.columns + column;
    const { symbol, unit, nodes, falls } = data.value;
    if (rate[i] === OUTSIDE) return say("row {row}, column {column}: no signal", { row, column });
    if (rate[i] === UNMEASURABLE) {
      if (doubt[i] < FIRST_CODE) return say("row {row}, column {column}: not measurable", { row, column });
      const limit = withMark(written(this.valueOf(doubt[i], nodes)));
      const sentence = falls
        ? "row {row}, column {column}: not measurable, {symbol} below {limit} {unit}"
        : "row {row}, column {column}: not measurable, {symbol} above {limit} {unit}";
      return say(sentence, { row, column, symbol, limit, unit });
    }
    const percent = 100 * this.valueOf(doubt[i], data.doubts);
    const [value, near] = [this.valueOf(rate[i], nodes), percent.toPrecision(percent < 10 ? 1 : 2)];
    const measured = `${symbol} ${withMark(written(value))} ${unit} (${data.value.doubt_of}± ${withMark(near)} %)`;
    return this.isLeftOut(i) ? say("{measured} · left out of the region", { measured }) : measured;
  }

  isLeftOut(i) {
    const { left_out: out } = this.data;
    return out?.slice === this.slice && out.pixels.includes(i);
  }

  // ---------------------------------------------------------------- painting

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  /** Grey, colours, hatch and left-out pixels of the slice, each as a picture of the image's size. */
  layers() {
    const { rows, columns } = this.data;
    if (!this.pictures.has(this.slice)) {
      const [grey, rate, shown] = [this.plane(GREY), this.plane(RATE), this.plane(this.data.plane)];
      if (!grey) return null;
      this.pictures.set(this.slice, {
        grey: picture(rows, columns, (i) => 0xff000000 | (grey[i] * 0x10101)),
        colour: picture(rows, columns, (i) => (rate[i] < FIRST_CODE ? 0 : this.table[shown[i]])),
        unmeasurable: picture(rows, columns, (i) => (rate[i] === UNMEASURABLE ? 0xffffffff : 0)),
      });
    }
    return this.pictures.get(this.slice);
  }

  paint() {
    if (!this.data || !this.canvas.clientWidth) return;
    const began = performance.now();
    const { data, view } = this;
    view.lay(this.canvas, data.rows, data.columns, data.spacing);
    const context = sizedContext(this.canvas);
    const layers = this.layers();
    if (layers) {
      paintImage(context, layers.grey, view);
      context.globalAlpha = this.opacity;
      this.draw(context, layers.colour);
      context.globalAlpha = 1;
      this.hatch(context, layers.unmeasurable);
      this.paintLeftOut(context);
    }
    for (const { region, name } of data.outlines.filter((o) => o.region.slice_index === this.slice)) {
      paintRegion(context, region, view, { colour: "#ffffff" });
      paintName(context, region, view, name, "#ffffff");
    }
    paintScale(context, view, data.spacing);
    if (this.at) this.paintPlace(context);
    this.show(Boolean(layers), began);
  }

  draw(context, made) {
    const [x, y] = this.view.toScreen([0, 0]);
    context.imageSmoothingEnabled = false;
    context.drawImage(made, x, y, this.view.columns * this.view.perColumn, this.view.rows * this.view.perRow);
  }

  /** Grey strokes where nothing can be measured, as wide on the screen at every zoom. */
  hatch(context, where) {
    const own = document.createElement("canvas");
    [own.width, own.height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const strokes = own.getContext("2d");
    strokes.lineWidth = 1.6;
    strokes.strokeStyle = "#9ea6aa";
    strokes.beginPath();
    for (let x = -own.height; x < own.width; x += HATCH_PX) {
      strokes.moveTo(x, own.height);
      strokes.lineTo(x + own.height, 0);
    }
    strokes.stroke();
    strokes.globalCompositeOperation = "destination-in";
    this.draw(strokes, where);
    context.drawImage(own, 0, 0);
  }

  paintLeftOut(context) {
    const { left_out: out, columns } = this.data;
    if (out?.slice !== this.slice) return;
    const { perColumn, perRow } = this.view;
    context.fillStyle = UNLIKE;
    for (const i of out.pixels) {
      const [x, y] = this.view.toScreen([Math.floor(i / columns), i % columns]);
      context.fillRect(x, y, Math.max(perColumn, 1), Math.max(perRow, 1));
    }
  }

  paintPlace(context) {
    const [x, y] = this.view.toScreen(this.at);
    for (const [colour, width] of [["#000", 4], ["#fff", 1.5]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width];
      context.strokeRect(x - 1, y - 1, this.view.perColumn + 2, this.view.perRow + 2);
    }
  }

  paintLegend() {
    const { bar } = this.data;
    this.find(".what").textContent = bar.title;
    this.find(".legend").setAttribute("aria-label", bar.words);
    const canvas = this.find(".bar");
    const context = sizedContext(canvas);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    context.textAlign = "center";
    context.font = "600 12px sans-serif";
    for (const { from, to, colour, ink, label } of bar.bands) {
      context.fillStyle = colour;
      context.fillRect(from * width, 0, (to - from) * width + 1, height);
      context.fillStyle = ink;
      if (label && context.measureText(label).width < (to - from) * width - 4) context.fillText(label, ((from + to) / 2) * width, 14);
    }
    for (const { at } of bar.limits) {
      for (const [colour, wide] of [["#fff", 4], ["#000", 2]]) {
        context.fillStyle = colour;
        context.fillRect(at * width - wide / 2, 0, wide, height);
      }
    }
    const marks = [...bar.limits.map((mark) => [mark, "limit"]), ...bar.ticks.map((mark) => [mark, "faint"])];
    this.find(".marks").replaceChildren(...marks.map(([mark, className]) => {
      const made = Object.assign(document.createElement("span"), { className, textContent: mark.text });
      made.style.left = `${100 * mark.at}%`;
      return made;
    }));
    this.drawnAt = width;
  }

  show(ready, began) {
    const { data } = this;
    if (this.drawnAt !== this.find(".bar").clientWidth) this.paintLegend();
    const slice = this.find(".slice"), opacity = this.find(".opacity");
    [slice.max, slice.value, opacity.value] = [data.n_slices, this.slice + 1, Math.round(100 * this.opacity)];
    this.find(".slices").hidden = data.n_slices === 1;
    this.find(".slice-said").textContent = `${this.slice + 1}/${data.n_slices}`;
    this.find(".opacity-said").textContent = `${Math.round(100 * this.opacity)} %`;
    this.find(".value").textContent = this.at ? this.wordsAt(...this.at) : "";
    this.canvas.setAttribute("aria-label", say("{title}, slice {slice} of {n_slices}", {
      title: data.bar.title, slice: this.slice + 1, n_slices: data.n_slices,
    }));
    Object.assign(this.root.dataset, { ready: ready ? "yes" : "no", slice: this.slice, paintMs: (performance.now() - began).toFixed(2) });
  }

  // ---------------------------------------------------------------- pointer and keys

  listen() {
    const on = (name, act, options) => this.canvas.addEventListener(name, act, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.fingers.delete(event.pointerId));
    on("pointercancel", (event) => this.fingers.delete(event.pointerId));
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("keydown", (event) => this.key(event));
    this.find(".zoom").addEventListener("click", (event) => this.zoom(event.target.dataset.by));
    this.find(".slice").addEventListener("input", (event) => this.turnTo(event.target.value - 1));
    this.find(".opacity").addEventListener("input", (event) => {
      this.opacity = event.target.value / 100;
      this.tell();
    });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    this.canvas.focus({ preventScroll: true, focusVisible: false });
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    this.read(this.place(event));
  }

  /** One finger (or button) reads, and moves the view where it is zoomed; two zoom. */
  move(event) {
    const at = this.place(event), before = this.fingers.get(event.pointerId);
    if (before && this.fingers.size === 2) {
      const [, other] = [...this.fingers].find(([id]) => id !== event.pointerId);
      const far = (point) => Math.max(Math.hypot(point[0] - other[0], point[1] - other[1]), 1);
      this.view.zoomBy(far(at) / far(before), ...other);
    } else if (before) this.view.panBy(at[0] - before[0], at[1] - before[1]);
    if (before) this.fingers.set(event.pointerId, at);
    this.read(at);
  }

  read(at) {
    const [row, column] = this.view.toImage(...at).map(Math.floor);
    const { rows, columns } = this.data;
    this.at = row >= 0 && column >= 0 && row < rows && column < columns ? [row, column] : null;
    this.ask();
  }

  wheel(event) {
    event.preventDefault();
    const turn = event.deltaY || event.deltaX;
    if (event.ctrlKey || event.metaKey) this.view.zoomBy(Math.exp(-turn / 300), ...this.place(event));
    else if (Math.abs((this.turned = (this.turned ?? 0) + turn)) >= 40) {
      this.turnTo(this.slice + Math.sign(this.turned));
      this.turned = 0;
    }
    this.ask();
  }

  key(event) {
    const { rows, columns, n_slices: n } = this.data;
    const step = STEPS[event.key];
    if (step) {
      const by = event.shiftKey ? 10 : 1;
      const [row, column] = this.at ?? [rows >> 1, columns >> 1];
      this.at = [Math.min(rows - 1, Math.max(0, row + by * step[0])), Math.min(columns - 1, Math.max(0, column + by * step[1]))];
      this.ask();
    } else if (event.key === "PageUp" || event.key === "PageDown") this.turnTo(this.slice + (event.key === "PageDown" ? 1 : -1));
    else if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1.4 : 0.714);
    else if (event.key === "0") this.zoom(0);
    else return;
    event.preventDefault();
  }

  zoom(by) {
    if (by === undefined) return;
    this.view.zoomBy(Number(by));
    this.ask();
  }

  turnTo(slice) {
    this.slice = Math.min(this.data.n_slices - 1, Math.max(0, slice));
    this.tell();
  }

  /** Python hears what is shown once the hand rests, for the picture to be saved. */
  tell() {
    this.ask();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.say({ map: this.data.map, slice: this.slice, opacity: this.opacity }), SAY_AFTER_MS);
  }
}

const maps = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let map = maps.get(parentElement);
  if (!map) {
    map = new MapView(parentElement.querySelector(".map"));
    maps.set(parentElement, map);
  }
  map.say = (view) => setStateValue("view", view);
  map.adopt(data);
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}
