// Mouse, pen and fingers on the canvas.

const NEAR_PX = { mouse: 9, pen: 14, touch: 22 };
const FREEHAND_TOLERANCE = 0.15; // image pixels
const BOX_TOOLS = ["ellipse", "rectangle"];

class Pointing {
  constructor(board, commit) {
    [this.board, this.commit] = [board, commit];
    this.fingers = new Map();
    const on = (name, act, options) => board.canvas.addEventListener(name, act, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.up(event, true));
    on("dblclick", (event) => this.doubled(event));
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", (event) => this.wheel(event), { passive: false });
  }

  place(event) {
    const box = this.board.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    const { board } = this;
    board.canvas.focus({ preventScroll: true, focusVisible: false });
    board.canvas.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.fingers.set(event.pointerId, at);
    if (this.fingers.size > 1) return this.beginPinch();
    const image = board.view.toImage(...at);
    this.drag = { last: at, kind: this.kindOf(event), began: image };
    if (this.drag.kind === "edit") this.beginEdit(event, image);
    else if (this.drag.kind === "polygon") this.addCorner(event, image);
    else if (this.drag.kind === "freehand") {
      this.line = [image];
      board.draft = { region: polygonRegion(this.line, board.slice) };
    }
    board.ask();
  }

  /** Right button: window; middle button: pan; else the tool. */
  kindOf(event) {
    return event.button === 2 ? "window" : event.button === 1 ? "pan" : this.board.tool;
  }

  move(event) {
    const { board } = this;
    const at = this.place(event);
    board.pointer = event.pointerType === "touch" ? null : at;
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, at);
    if (this.fingers.size > 1) this.pinch();
    else if (this.drag) this.dragTo(at, event);
    else if (board.draft?.open) this.rubber(at);
    board.ask();
  }

  dragTo(at, event) {
    const { board, drag } = this;
    const [x, y] = [at[0] - drag.last[0], at[1] - drag.last[1]];
    drag.last = at;
    const image = board.view.toImage(...at);
    if (drag.kind === "window") board.dragWindow(x, y);
    else if (drag.kind === "pan") board.view.panBy(x, y);
    else if (drag.kind === "edit") this.dragEdit(image);
    else if (BOX_TOOLS.includes(drag.kind)) board.draft = { region: boxRegion(drag.kind, drag.began, image, board.slice) };
    else if (drag.kind === "freehand") {
      for (const part of event.getCoalescedEvents?.() ?? []) this.line.push(board.view.toImage(...this.place(part)));
      this.line.push(image);
      board.draft = { region: polygonRegion([...this.line], board.slice) };
    }
  }

  up(event, cancelled = false) {
    const { board, drag } = this;
    this.fingers.delete(event.pointerId);
    this.drag = null;
    if (!drag || this.fingers.size) return;
    if (drag.kind === "edit") return this.endEdit(drag);
    if (drag.kind === "polygon" || !board.draft) return;
    let { region } = board.draft;
    board.draft = null;
    if (region.shape === "polygon") {
      const corners = simplified([...this.line, this.line[0]], FREEHAND_TOLERANCE).slice(0, -1);
      region = polygonRegion(corners.map(([r, c]) => [rounded(r), rounded(c)]), board.slice);
    }
    if (!cancelled && isDrawable(region)) this.commit(region);
    board.ask();
  }

  // ---------------------------------------------------------------- polygon, corner by corner

  addCorner(event, image) {
    const { board } = this;
    const corners = board.draft?.corners ?? [];
    if (corners.length > 2 && this.isNear(event, corners[0])) return this.closePolygon();
    const last = corners[corners.length - 1];
    if (last && Math.hypot(last[0] - image[0], last[1] - image[1]) < 0.3) return;
    this.openPolygon([...corners, [rounded(image[0]), rounded(image[1])]]);
  }

  openPolygon(corners) {
    const { board } = this;
    board.draft = corners.length ? { corners, open: true, region: polygonRegion(corners, board.slice) } : null;
  }

  rubber(at) {
    const { corners } = this.board.draft;
    this.board.draft.region = polygonRegion([...corners, this.board.view.toImage(...at)], this.board.slice);
  }

  closePolygon() {
    const { board } = this;
    const region = polygonRegion(board.draft.corners, board.slice);
    board.draft = null;
    if (isDrawable(region)) this.commit(region);
  }

  doubled(event) {
    const { board } = this;
    if (board.draft?.open) return board.draft.corners.length > 2 && this.closePolygon();
    const region = board.list.current?.region;
    if (board.tool !== "edit" || region?.shape !== "polygon" || region.slice_index !== board.slice) return;
    board.list.change({ region: withCorner(region, board.view.toImage(...this.place(event))) });
    this.commit();
  }

  // ---------------------------------------------------------------- edit

  isNear(event, place) {
    const [x, y] = this.board.view.toScreen(place), at = this.place(event);
    return Math.hypot(x - at[0], y - at[1]) <= (NEAR_PX[event.pointerType] ?? NEAR_PX.mouse);
  }

  beginEdit(event, image) {
    const { board, drag } = this;
    const { list } = board;
    const region = list.current?.region;
    board.corner = region?.slice_index === board.slice ? this.nearest(event, handlesOf(region)) : -1;
    if (board.corner < 0) {
      const under = list.on(board.slice).filter((item) => holds(item.region, image));
      const found = under.find((item) => item.id === list.selected) ?? under[under.length - 1];
      drag.picked = (found?.id ?? "") !== list.selected;
      list.selected = found?.id ?? "";
    }
    drag.from = list.current?.region;
  }

  /** Index of the closest handle within reach, or -1. */
  nearest(event, handles) {
    const at = this.place(event);
    const away = handles.map((place) => {
      const [x, y] = this.board.view.toScreen(place);
      return Math.hypot(x - at[0], y - at[1]);
    });
    const least = Math.min(...away);
    return least <= (NEAR_PX[event.pointerType] ?? NEAR_PX.mouse) ? away.indexOf(least) : -1;
  }

  dragEdit(image) {
    const { board, drag } = this;
    if (!drag.from) return;
    if (!drag.moved) board.list.keep();
    drag.moved = true;
    const by = [image[0] - drag.began[0], image[1] - drag.began[1]];
    const region = board.corner < 0 ? moved(drag.from, ...by) : reshaped(drag.from, board.corner, image);
    board.list.change({ region }, false);
  }

  endEdit(drag) {
    if (drag.moved || drag.picked) this.commit();
    this.board.ask();
  }

  // ---------------------------------------------------------------- two fingers, wheel

  beginPinch() {
    const { board } = this;
    if (this.drag?.moved) board.list.undo();
    if (this.drag?.kind === "polygon" && board.draft) this.openPolygon(board.draft.corners.slice(0, -1));
    if (!board.draft?.open) board.draft = null;
    this.drag = null;
    this.spread = this.span();
  }

  span() {
    const [a, b] = [...this.fingers.values()];
    return { length: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  }

  pinch() {
    const now = this.span(), { view } = this.board;
    view.zoomBy(now.length / Math.max(this.spread.length, 1), ...now.middle);
    view.panBy(now.middle[0] - this.spread.middle[0], now.middle[1] - this.spread.middle[1]);
    this.spread = now;
  }

  /** As at the workstation: the wheel scrolls slices (echoes with Shift), with Control it zooms. */
  wheel(event) {
    event.preventDefault();
    const { board } = this;
    const turn = event.deltaY || event.deltaX;
    if (event.ctrlKey || event.metaKey) board.view.zoomBy(Math.exp(-turn / 300), ...this.place(event));
    else if (Math.abs((this.turned = (this.turned ?? 0) + turn)) >= 40) {
      board.scrollBy(Math.sign(this.turned), event.shiftKey || board.data.n_slices === 1);
      this.turned = 0;
    }
    board.ask();
  }
}
