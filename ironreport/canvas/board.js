// What is on the canvas: series, slice, echo, window, view, regions and the line being drawn.

const PALE = "#ffffff";
const CINE_MS = 220;
const OUTSIDE_DASH = [4, 5]; // outline of a region that is not in the report
const PRESET_PERCENT = { image: [1, 99.5], dark: [0.5, 70] };

class Board {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.canvas = this.find(".image");
    this.grey = new GreyImage();
    this.view = new View();
    this.list = new RegionList();
    this.masks = new WeakMap();
    [this.tool, this.draft, this.slice, this.echo, this.corner] = ["freehand", null, 0, 0, -1];
    this.revision = 0;
    this.repaint = () => this.ask();
    PIXELS.heard.addEventListener("came", this.repaint);
    this.watch = new ResizeObserver(this.repaint);
    this.watch.observe(this.find(".stage"));
  }

  close() {
    PIXELS.heard.removeEventListener("came", this.repaint);
    this.watch.disconnect();
    clearInterval(this.cine);
  }

  /** Takes what Python sent: always the values beside the regions, the regions only where Python changed them. */
  adopt(data) {
    const first = !this.data || this.data.series !== data.series;
    const elsewhere = !first && data.revision > this.revision; // drawn in another view of the same board
    const given = first || elsewhere || data.edition !== this.data.edition;
    this.data = data;
    if (data.words) speak(this.root, data.words);
    this.find(".frame").textContent = say(data.frame);
    this.find(".echo").setAttribute("aria-label", say(data.frame));
    if (first) {
      this.list = new RegionList();
      this.view = new View();
      [this.slice, this.echo] = data.view;
      this.revision = data.revision;
      this.setWindow(...data.window, "series");
    }
    if (elsewhere) this.revision = data.revision;
    if (given) {
      this.list.adopt(data.regions, data.selected, first);
      if (this.list.current) this.slice = this.list.current.region.slice_index;
    }
    this.ask();
  }

  scrollBy(by, echoes) {
    const [now, n] = echoes ? [this.echo, this.data.times_ms.length] : [this.slice, this.data.n_slices];
    const next = Math.min(n - 1, Math.max(0, now + by));
    if (echoes) this.echo = next;
    else this.slice = next;
    if (this.draft && !echoes) this.draft = null;
    this.ask();
  }

  play() {
    clearInterval(this.cine);
    this.cine = this.cine ? 0 : setInterval(() => {
      this.echo = (this.echo + 1) % this.data.times_ms.length;
      this.ask();
    }, CINE_MS);
  }

  // ---------------------------------------------------------------- pixels

  /** Stored values of one image and the line that makes signals of them, or null while they are on the way. */
  stored(slice, echo) {
    for (const part of PIXELS.parts.values()) {
      const at = slice - part.first_slice;
      if (part.series !== this.data.series || at < 0 || at >= part.n_slices || !part.stored) continue;
      const size = part.rows * part.columns;
      const start = (at * part.echoes + echo) * size;
      const [offset, step] = part.lines ? part.lines[at * part.echoes + echo] : [part.offset, part.step];
      return { part, offset, step, values: part.stored.subarray(start, start + size) };
    }
    return null;
  }

  mask(region) {
    if (!this.masks.has(region)) this.masks.set(region, maskOf(region, this.data.rows, this.data.columns));
    return this.masks.get(region);
  }

  /** Pixels inside the outline as it stands that Python last marked: [colour, mask] of each mark that holds any. */
  marks(mask) {
    if (this.data.selected !== this.list.selected) return [];
    return Object.entries(this.data.marks).flatMap(([name, pixels]) => {
      const found = pixels.filter((i) => mask[i]);
      if (!found.length) return [];
      const marked = new Uint8Array(mask.length);
      for (const i of found) marked[i] = 1;
      return [[MARKS[name], marked]];
    });
  }

  /** Mean signal of a region at each echo and its number of pixels. */
  measure(region) {
    const mask = this.mask(region);
    const inside = [];
    for (let i = 0; i < mask.length; i++) if (mask[i]) inside.push(i);
    if (!inside.length) return null;
    const means = this.data.times_ms.map((_, echo) => {
      const image = this.stored(region.slice_index, echo);
      if (!image) return 0;
      const sum = inside.reduce((total, i) => total + image.values[i], 0);
      return image.offset + (image.step * sum) / inside.length;
    });
    return { means, n: inside.length };
  }

  // ---------------------------------------------------------------- window

  setWindow(low, high, name) {
    [this.low, this.high, this.preset] = [low, Math.max(high, low + 1e-6), name];
  }

  usePreset(name) {
    const image = this.stored(this.slice, this.echo);
    if (name === "series" || !image) return this.setWindow(...this.data.window, "series");
    const toSignal = (value) => image.offset + image.step * value;
    if (name === "full") return this.setWindow(toSignal(0), toSignal(image.part.top), name);
    const sorted = Uint16Array.from(image.values).sort();
    const [low, high] = PRESET_PERCENT[name].map((p) => toSignal(sorted[Math.round(((sorted.length - 1) * p) / 100)]));
    return this.setWindow(low, high, name);
  }

  /** Wider to the right, brighter upwards, in steps that suit the present width. */
  dragWindow(x, y) {
    const width = this.high - this.low, middle = (this.high + this.low) / 2;
    const wider = Math.max(width * (1 + x / 200), 1e-6);
    const centre = middle + (y / 200) * width;
    this.setWindow(centre - wider / 2, centre + wider / 2, "own");
  }

  // ---------------------------------------------------------------- painting

  ask() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  colour(organ) { return this.data.organs.find((o) => o.id === organ)?.colour ?? PALE; }

  name(item) {
    const organ = this.data.organs.find((o) => o.id === item.organ)?.name ?? say("No organ yet");
    return item.location ? `${organ} · ${say(item.location)}` : organ;
  }

  /** Why a region is not in the report: at once where its tick is off, else as Python last said; empty where it is. */
  outside(item) {
    if (!this.data.outside) return "";
    return item.reported ? this.data.outside[item.id] ?? "" : "its tick is off";
  }

  /** The name as it stands on the image. */
  label(item) { return this.outside(item) ? say("{name} · not in the report", { name: this.name(item) }) : this.name(item); }

  paint() {
    if (!this.data || !this.canvas.clientWidth) return;
    const began = performance.now();
    const { rows, columns, pixel_spacing_mm: spacing } = this.data;
    this.view.lay(this.canvas, rows, columns, spacing);
    const context = sizedContext(this.canvas);
    const image = this.stored(this.slice, this.echo);
    if (image) {
      const { offset, step } = image;
      const window = [(this.low - offset) / step, (this.high - offset) / step];
      paintImage(context, this.grey.of(image.values, rows, columns, ...window, `${this.slice}/${this.echo}`), this.view);
    }
    this.paintRegions(context);
    paintScale(context, this.view, spacing);
    paintSides(context, this.view, this.data.sides);
    this.root.dataset.ready = image ? "yes" : "no";
    this.root.dataset.paintMs = (performance.now() - began).toFixed(2);
    this.painted?.();
  }

  paintRegions(context) {
    for (const item of this.list.on(this.slice)) {
      const selected = item.id === this.list.selected;
      const colour = this.colour(item.organ);
      const mask = selected && this.mask(item.region);
      const dash = this.outside(item) ? OUTSIDE_DASH : [];
      paintRegion(context, item.region, this.view, { colour, selected, mask, dash, marks: mask ? this.marks(mask) : [] });
      if (selected && this.tool === "edit") paintHandles(context, item.region, this.view, colour);
      paintName(context, item.region, this.view, this.label(item), colour);
    }
    const colour = this.colour(this.find(".organ").value);
    if (this.draft) paintRegion(context, this.draft.region, this.view, { colour, open: this.draft.open, dash: [6, 4] });
    if (this.draft?.open) paintHandles(context, this.draft.region, this.view, colour);
    this.paintLive(colour);
  }

  /** The decay of what is being drawn or under change, else of the selected region. */
  paintLive(draftColour) {
    const item = this.draft ? null : this.list.current;
    const region = this.draft?.region ?? item?.region;
    const found = region && region.slice_index === this.slice && isDrawable(region) && this.measure(region);
    const words = found && [
      say("{n} px", { n: found.n }), say("mean {mean}", { mean: withMark(found.means[this.echo].toPrecision(3)) }),
    ];
    const colour = item ? this.colour(item.organ) : draftColour;
    paintDecay(this.find(".decay"), found?.means, this.data.times_ms, this.echo, colour, words);
  }
}
