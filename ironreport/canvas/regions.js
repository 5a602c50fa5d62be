// The regions of one series as they stand in the browser, with what was before and after.

const MOST_KEPT = 100;

/** Items are {id, organ, location, region, reported}; every change replaces items, none is written into. */
class RegionList {
  constructor() {
    this.items = [];
    this.selected = "";
    this.before = [];
    this.after = [];
  }

  get current() { return this.items.find((item) => item.id === this.selected); }

  on(slice) { return this.items.filter((item) => item.region.slice_index === slice); }

  /** Takes what Python holds; it becomes one step that can be undone. */
  adopt(items, selected, first) {
    if (!first) this.keep();
    [this.items, this.selected] = [items, selected];
  }

  keep() {
    this.before.push({ items: this.items, selected: this.selected });
    this.before.splice(0, this.before.length - MOST_KEPT);
    this.after = [];
  }

  add(organ, location, region) {
    this.keep();
    const id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, "0")).join("");
    this.items = [...this.items, { id, organ, location, region, reported: true }];
    this.selected = id;
  }

  /** Puts changed fields into the selected item; ``step`` is false while a drag goes on. */
  change(fields, step = true) {
    if (step) this.keep();
    this.items = this.items.map((item) => (item.id === this.selected ? { ...item, ...fields } : item));
  }

  /** The tick of one item: whether it counts for its organ. */
  tick(id, reported) {
    this.keep();
    this.items = this.items.map((item) => (item.id === id ? { ...item, reported } : item));
  }

  remove() {
    this.keep();
    this.items = this.items.filter((item) => item.id !== this.selected);
    this.selected = "";
  }

  step(from, to) {
    const found = from.pop();
    if (!found) return false;
    to.push({ items: this.items, selected: this.selected });
    [this.items, this.selected] = [found.items, found.selected];
    return true;
  }

  undo() { return this.step(this.before, this.after); }

  redo() { return this.step(this.after, this.before); }
}
