// Paints one image with its regions, and the live decay. Knows the view, changes nothing.

const BAR_MM = [200, 100, 50, 20, 10, 5, 2, 1];
const UNLIKE = "#ff4fd8"; // pixels that the fit leaves out
const MARKS = { left_out: UNLIKE, faster: "#ff8c1a", slower: "#3fa9ff" }; // the last two: parts on both sides of an edge
const HALO = "rgba(0, 0, 0, 0.75)";
const SHARP_FROM = 6; // screen pixels per image pixel, from which single pixels are shown as squares

/** Grey values of one image as a canvas of its own size; made again only when image or window changes. */
class GreyImage {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.grey = new Uint8ClampedArray(65536);
  }

  of(stored, rows, columns, low, high, name) {
    const window = `${low}/${high}`;
    if (window !== this.window) {
      const perStep = 255 / Math.max(high - low, 1e-9);
      for (let i = 0; i < 65536; i++) this.grey[i] = (i - low) * perStep;
    }
    if (window !== this.window || name !== this.name) {
      [this.canvas.width, this.canvas.height] = [columns, rows];
      const context = this.canvas.getContext("2d");
      const image = context.createImageData(columns, rows);
      const words = new Uint32Array(image.data.buffer);
      for (let i = 0; i < words.length; i++) words[i] = 0xff000000 | (this.grey[stored[i]] * 0x10101);
      context.putImageData(image, 0, 0);
    }
    [this.window, this.name] = [window, name];
    return this.canvas;
  }
}

/** Where image pixels stand on the screen, in CSS pixels: aspect from the pixel spacing, zoom and pan. */
class View {
  constructor() {
    this.zoom = 1;
    this.centre = null; // [row, column] in the middle of the stage
  }

  lay(stage, rows, columns, spacing) {
    [this.rows, this.columns] = [rows, columns];
    [this.width, this.height] = [stage.clientWidth, stage.clientHeight];
    this.aspect = spacing ? spacing[0] / spacing[1] : 1; // height of a pixel over its width
    this.fit = Math.min(this.width / columns, this.height / (rows * this.aspect));
    this.centre ??= [rows / 2, columns / 2];
  }

  get perColumn() { return this.fit * this.zoom; }

  get perRow() { return this.fit * this.zoom * this.aspect; }

  toScreen([row, column]) {
    return [
      this.width / 2 + (column - this.centre[1]) * this.perColumn,
      this.height / 2 + (row - this.centre[0]) * this.perRow,
    ];
  }

  toImage(x, y) {
    return [
      this.centre[0] + (y - this.height / 2) / this.perRow,
      this.centre[1] + (x - this.width / 2) / this.perColumn,
    ];
  }

  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const held = this.toImage(x, y);
    this.zoom = Math.min(40, Math.max(1, this.zoom * factor));
    const now = this.toImage(x, y);
    this.panTo([this.centre[0] + held[0] - now[0], this.centre[1] + held[1] - now[1]]);
  }

  panBy(x, y) {
    this.panTo([this.centre[0] - y / this.perRow, this.centre[1] - x / this.perColumn]);
  }

  panTo([row, column]) {
    this.centre = [Math.min(this.rows, Math.max(0, row)), Math.min(this.columns, Math.max(0, column))];
    if (this.zoom === 1) this.centre = [this.rows / 2, this.columns / 2];
  }
}

function sizedContext(canvas) {
  const dense = globalThis.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * dense), Math.round(canvas.clientHeight * dense)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

function paintImage(context, grey, view) {
  const [x, y] = view.toScreen([0, 0]);
  context.imageSmoothingEnabled = view.perColumn < SHARP_FROM;
  context.drawImage(grey, x, y, view.columns * view.perColumn, view.rows * view.perRow);
}

function tracePath(context, region, view, open = false) {
  context.beginPath();
  if (region.shape === "ellipse") {
    const [x, y] = view.toScreen([region.row + 0.5, region.column + 0.5]);
    context.ellipse(x, y, (region.width / 2) * view.perColumn, (region.height / 2) * view.perRow, 0, 0, 2 * Math.PI);
    return;
  }
  const corners = region.shape === "polygon" ? region.points : [0, 2, 4, 6].map((i) => handlesOf(region)[i]);
  corners.forEach((corner, i) => context[i ? "lineTo" : "moveTo"](...view.toScreen(corner)));
  if (!open) context.closePath();
}

/** Outline with a dark halo; what is selected also shows the very pixels that are measured. */
function paintRegion(context, region, view, look) {
  if (look.mask) paintMask(context, look.mask, view, look.colour);
  for (const [colour, marked] of look.marks ?? []) paintMask(context, marked, view, colour, 0.8);
  context.lineJoin = "round";
  tracePath(context, region, view, look.open);
  context.setLineDash([]);
  [context.strokeStyle, context.lineWidth] = [HALO, look.selected ? 5 : 4];
  context.stroke();
  context.setLineDash(look.dash ?? []);
  [context.strokeStyle, context.lineWidth] = [look.colour, look.selected ? 2.5 : 1.75];
  context.stroke();
  context.setLineDash([]);
}

function paintMask(context, mask, view, colour, strength = 0.28) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [view.columns, view.rows];
  const own = canvas.getContext("2d");
  const image = own.createImageData(view.columns, view.rows);
  for (let i = 0; i < mask.length; i++) image.data[4 * i + 3] = mask[i] ? 255 : 0;
  own.putImageData(image, 0, 0);
  own.globalCompositeOperation = "source-in";
  own.fillStyle = colour;
  own.fillRect(0, 0, view.columns, view.rows);
  const [x, y] = view.toScreen([0, 0]);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = strength;
  context.drawImage(canvas, x, y, view.columns * view.perColumn, view.rows * view.perRow);
  context.globalAlpha = 1;
}

/** Small where many would hide the line. */
function paintHandles(context, region, view, colour) {
  const handles = handlesOf(region);
  const apart = (2 * (region.height * view.perRow + region.width * view.perColumn)) / handles.length;
  const radius = apart > 22 ? 4.5 : 2.5;
  [context.fillStyle, context.strokeStyle, context.lineWidth] = ["#fff", colour, radius / 2];
  for (const place of handles) {
    const [x, y] = view.toScreen(place);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

function write(context, text, x, y, align = "left") {
  context.textAlign = align;
  [context.font, context.lineWidth, context.strokeStyle] = ["600 12px sans-serif", 3, HALO];
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

function paintName(context, region, view, text, colour) {
  const [x, y] = view.toScreen([region.row + 0.5 - region.height / 2, region.column + 0.5]);
  context.fillStyle = colour;
  write(context, text, x, Math.max(y - 7, 14), "center");
}

/** A bar of a round length in mm; none where the spacing is not known. */
function paintScale(context, view, spacing) {
  if (!spacing) return;
  const perMm = view.perColumn / spacing[1];
  const mm = BAR_MM.find((length) => length * perMm < view.width / 4);
  if (!mm) return;
  const [x, y] = [12, view.height - 12];
  for (const [colour, width] of [[HALO, 5], ["#fff", 2]]) {
    [context.strokeStyle, context.lineWidth] = [colour, width];
    context.beginPath();
    context.moveTo(x, y - 4);
    context.lineTo(x, y);
    context.lineTo(x + mm * perMm, y);
    context.lineTo(x + mm * perMm, y - 4);
    context.stroke();
  }
  context.fillStyle = "#fff";
  write(context, mm >= 10 ? `${mm / 10} cm` : `${mm} mm`, x + (mm * perMm) / 2, y - 8, "center");
}

/** Letters of the patient's sides, where they are known. */
function paintSides(context, view, sides) {
  if (!sides) return;
  context.fillStyle = "#fff";
  write(context, sides.left, 8, view.height / 2 + 4);
  write(context, sides.right, view.width - 8, view.height / 2 + 4, "right");
  write(context, sides.top, view.width / 2, 18, "center");
  write(context, sides.bottom, view.width / 2, view.height - 8, "center");
}

/** Mean signal at each echo, as points: what is fitted comes from Python. */
function paintDecay(canvas, means, teMs, echo, colour, words) {
  canvas.hidden = !means;
  if (!means) return;
  const context = sizedContext(canvas);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  context.fillStyle = "rgba(12, 18, 20, 0.82)";
  context.fillRect(0, 0, width, height);
  const top = Math.max(...means) || 1, last = teMs[teMs.length - 1];
  context.strokeStyle = "#9aa5a8";
  context.lineWidth = 1;
  context.strokeRect(10.5, 20.5, width - 20, height - 30);
  means.forEach((mean, i) => {
    const [x, y] = [14 + (teMs[i] / last) * (width - 30), height - 14 - (Math.max(mean, 0) / top) * (height - 40)];
    context.beginPath();
    context.arc(x, y, i === echo ? 4 : 2.6, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    if (i === echo) {
      context.strokeStyle = "#fff";
      context.stroke();
    }
  });
  context.fillStyle = "#fff";
  // longer words of a language on a phone: smaller, never one into the other
  context.font = "11px sans-serif";
  const needed = context.measureText(words.join("   ")).width;
  context.font = `${Math.min(11, (11 * (width - 20)) / needed)}px sans-serif`;
  words.forEach((word, i) => {
    context.textAlign = i ? "right" : "left";
    context.fillText(word, i ? width - 10 : 10, 14);
  });
}
