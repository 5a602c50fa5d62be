// Regions and the pixels they hold. x and y count from 0 at the outer corner of the top left pixel, so the
// middle of that pixel lies at (0.5, 0.5). A region has the fields of ironreport.records.Region.

const HANDLES = [[-1, -1], [-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1]]; // row, column
const MIN_EXTENT = 1;

const rounded = (value) => Math.round(value * 100) / 100;

/** 1 for each pixel whose centre lies in the region; step by step the arithmetic of intake/regions.py. */
function maskOf(region, nRows, nColumns) {
  return region.shape === "polygon" ? polygonMask(region.points, nRows, nColumns) : roundMask(region, nRows, nColumns);
}

function polygonMask(points, nRows, nColumns) {
  const mask = new Uint8Array(nRows * nColumns);
  for (let i = 0; i < points.length; i++) {
    const [row, column] = points[i];
    const [nextRow, nextColumn] = points[(i + 1) % points.length];
    const low = Math.min(row, nextRow), high = Math.max(row, nextRow);
    for (let r = Math.max(0, Math.floor(low - 1)); r < nRows && r + 0.5 < high; r++) {
      if (r + 0.5 < low) continue;
      const crossing = column + ((r + 0.5 - row) * (nextColumn - column)) / (nextRow - row);
      for (let c = 0; c < nColumns && c + 0.5 < crossing; c++) mask[r * nColumns + c] ^= 1;
    }
  }
  return mask;
}

function roundMask(region, nRows, nColumns) {
  const mask = new Uint8Array(nRows * nColumns);
  for (let r = 0; r < nRows; r++) {
    const down = (r - region.row) / region.height;
    for (let c = 0; c < nColumns; c++) {
      const across = (c - region.column) / region.width;
      const inside = region.shape === "ellipse"
        ? down * down + across * across <= 0.25
        : down >= -0.5 && down < 0.5 && across >= -0.5 && across < 0.5;
      if (inside) mask[r * nColumns + c] = 1;
    }
  }
  return mask;
}

/** Polygon through points [row, column]; its centre and extent are those of the box around it. */
function polygonRegion(points, slice) {
  const rows = points.map((p) => p[0]), columns = points.map((p) => p[1]);
  const top = Math.min(...rows), left = Math.min(...columns);
  const height = Math.max(...rows) - top, width = Math.max(...columns) - left;
  const [row, column] = [top + height / 2 - 0.5, left + width / 2 - 0.5];
  return { shape: "polygon", row, column, height, width, slice_index: slice, points };
}

/** Ellipse or rectangle in the box between two corners [row, column]. */
function boxRegion(shape, from, to, slice) {
  const height = rounded(Math.abs(to[0] - from[0])), width = rounded(Math.abs(to[1] - from[1]));
  const row = rounded((from[0] + to[0]) / 2 - 0.5), column = rounded((from[1] + to[1]) / 2 - 0.5);
  return { shape, row, column, height, width, slice_index: slice, points: [] };
}

function isDrawable(region) {
  return Math.min(region.height, region.width) >= MIN_EXTENT && (region.shape !== "polygon" || region.points.length > 2);
}

function moved(region, rows, columns) {
  if (region.shape === "polygon") {
    const points = region.points.map(([r, c]) => [rounded(r + rows), rounded(c + columns)]);
    return polygonRegion(points, region.slice_index);
  }
  return { ...region, row: rounded(region.row + rows), column: rounded(region.column + columns) };
}

/** The region grown by a number of pixels on each side. */
function grown(region, by) {
  const height = region.height + 2 * by, width = region.width + 2 * by;
  if (Math.min(height, width) < MIN_EXTENT) return region;
  if (region.shape !== "polygon") return { ...region, height, width };
  const [middleRow, middleColumn] = [region.row + 0.5, region.column + 0.5];
  const points = region.points.map(([r, c]) => [
    rounded(middleRow + ((r - middleRow) * height) / region.height),
    rounded(middleColumn + ((c - middleColumn) * width) / region.width),
  ]);
  return polygonRegion(points, region.slice_index);
}

/** Places [row, column] by which a region is reshaped. */
function handlesOf(region) {
  if (region.shape === "polygon") return region.points;
  const [row, column] = [region.row + 0.5, region.column + 0.5];
  return HANDLES.map(([down, across]) => [row + (down * region.height) / 2, column + (across * region.width) / 2]);
}

/** The region after its handle ``index`` was dragged to ``place``. */
function reshaped(region, index, place) {
  if (region.shape === "polygon") {
    const points = region.points.map((p, i) => (i === index ? [rounded(place[0]), rounded(place[1])] : p));
    return polygonRegion(points, region.slice_index);
  }
  const [down, across] = HANDLES[index];
  const [row, column] = [region.row + 0.5, region.column + 0.5];
  const from = [row - ((down || 1) * region.height) / 2, column - ((across || 1) * region.width) / 2];
  const to = [down ? place[0] : row + region.height / 2, across ? place[1] : column + region.width / 2];
  const changed = boxRegion(region.shape, from, to, region.slice_index);
  return isDrawable(changed) ? changed : region;
}

/** The polygon with a corner more, on its side nearest to ``place``; or without corner ``index``. */
function withCorner(region, place) {
  let best = 0, least = Infinity;
  region.points.forEach((p, i) => {
    const away = distanceToSide(place, p, region.points[(i + 1) % region.points.length]);
    if (away < least) [best, least] = [i, away];
  });
  const points = [...region.points];
  points.splice(best + 1, 0, [rounded(place[0]), rounded(place[1])]);
  return polygonRegion(points, region.slice_index);
}

function withoutCorner(region, index) {
  if (region.points.length < 4) return region;
  return polygonRegion(region.points.filter((_, i) => i !== index), region.slice_index);
}

function distanceToSide([y, x], [ay, ax], [by, bx]) {
  const length = (by - ay) ** 2 + (bx - ax) ** 2;
  const t = length ? Math.min(1, Math.max(0, ((y - ay) * (by - ay) + (x - ax) * (bx - ax)) / length)) : 0;
  return Math.hypot(y - ay - t * (by - ay), x - ax - t * (bx - ax));
}

/** Fewer points along an open line, none of the others farther from it than ``tolerance`` (Douglas and Peucker). */
function simplified(points, tolerance) {
  if (points.length < 3) return points;
  let far = 0, most = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const away = distanceToSide(points[i], points[0], points[points.length - 1]);
    if (away > most) [far, most] = [i, away];
  }
  if (most <= tolerance) return [points[0], points[points.length - 1]];
  const head = simplified(points.slice(0, far + 1), tolerance);
  return [...head.slice(0, -1), ...simplified(points.slice(far), tolerance)];
}

function holds(region, [y, x]) {
  if (region.shape !== "polygon") {
    const down = (y - 0.5 - region.row) / region.height, across = (x - 0.5 - region.column) / region.width;
    return region.shape === "ellipse" ? down * down + across * across <= 0.25 : Math.max(Math.abs(down), Math.abs(across)) <= 0.5;
  }
  let inside = false;
  region.points.forEach(([row, column], i) => {
    const [nextRow, nextColumn] = region.points[(i + 1) % region.points.length];
    if (y >= row !== y >= nextRow && x < column + ((y - row) * (nextColumn - column)) / (nextRow - row)) inside = !inside;
  });
  return inside;
}
