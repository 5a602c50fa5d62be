"use strict";
// The form and the answer. All text enters the page as text, never as HTML.

const K = JSON.parse(document.getElementById("knowledge").textContent);
const field = (id) => document.getElementById(id);
const QUANTITIES = ["t2star_ms", "r2star_per_s", "lic_mg_per_g"];

function element(tag, words = "", name = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  if (name) made.className = name;
  return made;
}

function offer(select, options) {
  const kept = select.value;
  select.replaceChildren(...options.map(([value, label]) => Object.assign(element("option", label), { value })));
  select.value = options.some(([value]) => value === kept) ? kept : options[0][0];
}

const organOf = () => K.organs[field("organ").value];
const placeOf = () => organOf().fields[field("field").value];

function fill() {
  const at = placeOf(), usable = at.calibrations.filter((c) => !c.information_only);
  field("lic-field").hidden = !organOf().prints_lic;
  offer(field("calibration"), [["", "not stated"], ...usable.map((c) => [c.id, c.label])]);
  offer(field("ladder"), [["", "published default"], ...at.ladders.map((x) => [x.id, x.label])]);
}

// ------------------------------------------------------------------ numbers as typed

// Of "1.476" a thousand-fold other reading is dropped only where the organ cannot have it.
function possible(quantity, value) {
  const t2star = quantity === "r2star_per_s" ? K.product / value : value;
  const named = quantity === "lic_mg_per_g" ? quantity : "t2star_ms";
  const limits = Object.values(organOf().fields).flatMap((at) => at.plausible).filter((p) => p.quantity === named);
  const above = limits.map((p) => p.above).filter((x) => x !== null);
  const below = limits.map((p) => p.below).filter((x) => x !== null);
  return !(above.length && above.every((x) => t2star > x)) && !below.some((x) => t2star < x);
}

function typed(quantity) {
  const text = field(quantity).value.trim();
  if (!text || (quantity === "lic_mg_per_g" && !organOf().prints_lic)) return null;
  const [symbol] = K.notation[quantity], readings = Numbers.readings(text);
  if (!readings.length) throw new Error(`${symbol} "${text}" is not a number. Write digits with one decimal mark, such as 14.8.`);
  if (readings[0] <= 0) throw new Error(`${symbol} must be above zero. Check the printed number.`);
  if (readings.length > 1 && possible(quantity, readings[1])) {
    throw new Error(`${symbol} "${text}" can mean ${readings[0]} or ${readings[1]}. Write ${readings[1]}, or ${readings[0]} with two or four decimals.`);
  }
  return readings[0];
}

// ------------------------------------------------------------------ the answer

const labelOf = (list, id) => (list.find((x) => x.id === id) || { label: "" }).label;
const gradeOf = (ladder, id) => ladder.grades.find((g) => g.id === id);
const boundsFor = (ladder, quantity) => ladder && ladder.quantity === quantity
  ? ladder.grades.map((g) => g.bound).filter((b) => b !== null) : [];

function named(e, bounds) {
  const [symbol, unit] = K.notation[e.quantity];
  const limits = Numbers.interval(e, bounds);
  return `${symbol} ${Numbers.number(e, bounds)} ${unit} (${limits ? `95 % ${limits}` : "no interval"})`;
}

// A class never stands without those that the interval also touches.
function classWords(grading, ladder) {
  const own = gradeOf(ladder, grading.grade).label;
  const share = (id) => (grading.probabilities.find(([other]) => other === id) || [id, 0])[1];
  const probable = (id) => share(id) ? ` (P = ${Numbers.fixed(100 * share(id), 0)} %)` : "";
  const near = grading.touched.filter((id) => id !== grading.grade).map((id) => gradeOf(ladder, id).label + probable(id));
  return near.length ? `${own}, within the error of ${near.join(" and ")}` : own;
}

function headline(found, ladder) {
  const organ = organOf(), iron = found.iron && found.iron.iron;
  const e = ladder ? [iron, found.time, found.rate].find((x) => x && x.quantity === ladder.quantity) : found.time || iron;
  if (!e) return `${organ.name}: no class.`;
  const value = `${organ.name} ${named(e, boundsFor(ladder, e.quantity))}`;
  return found.grading ? `${value}: ${classWords(found.grading, ladder)}.` : `${value}: no class.`;
}

function because(found, ladder, at) {
  const used = found.iron ? labelOf(at.calibrations, found.iron.calibration) : "";
  const n = found.reading.fitting.length;
  const why = {
    "stated": `By ${used}, the calibration stated.`,
    "fits": `By ${used}, ${n > 1 ? `one of the ${n} calibrations` : "the one calibration"} at this field that gives the printed LIC.`,
    "none-fits": `By ${used}, the published default. No calibration at this field gives the printed LIC.`,
    "no-iron-printed": used ? `By ${used}, ${at.calibrations[0].information_only ? "for information" : "the published default"}.` : "",
    "not-known": "The printed LIC as it stands: its calibration is not stated.",
  }[found.reading.why];
  const standing = organOf().standing === "established" ? "" : ` Standing of this organ: ${organOf().standing}.`;
  const limits = ladder ? ` Class by ${ladder.label}${ladder.provisional ? ", provisional" : ""}.${ladder.caveat ? ` ${ladder.caveat}` : ""}` : "";
  const isIron = ladder && found.iron && ladder.quantity === found.iron.iron.quantity;
  return `${isIron ? why : ""}${limits}${standing}`.trim();
}

function band(grading, ladder) {
  const list = element("ul", "", "band");
  list.setAttribute("aria-label", `Classes of ${ladder.label}, best to worst`);
  for (const grade of ladder.grades) {
    const own = grade.id === grading.grade, near = grading.touched.includes(grade.id);
    const words = own ? `${grade.label}: here` : near ? `${grade.label}: within the error` : grade.label;
    list.append(element("li", words, `severity-${grade.severity} ${own ? "here" : near ? "touched" : ""}`));
  }
  return list;
}

// Whoever says otherwise is counted in words above the table: a class that one calibration gives alone is no certainty.
function otherwise(found, ladder, at) {
  const differ = found.grading ? found.grading.by_calibration.filter(([, g]) => g !== found.grading.grade) : [];
  if (!differ.length) return "";
  const how = found.reading.why === "not-known" ? "if it came from" : "by";
  const said = differ.map(([c, g]) => `${gradeOf(ladder, g).label} ${how} ${labelOf(at.calibrations, c)}`);
  return `${differ.length} of the ${found.others.length} other calibrations say otherwise: ${said.join("; ")}.`;
}

function row(cells, tag = "td") {
  const made = element("tr");
  made.append(...cells.map((words) => element(tag, words)));
  return made;
}

function everyCalibration(found, ladder, at) {
  const all = [found.iron, ...found.others].filter(Boolean);
  if (!found.rate || !all.length) return [];
  const table = element("table"), scroll = element("div", "", "scroll");
  table.append(element("caption", "The same number by every calibration of this field"));
  table.append(row(["Calibration", "Iron", "Class", "Gives the printed LIC", "Cohort"], "th"));
  for (const one of all) {
    const from = at.calibrations.find((c) => c.id === one.calibration);
    const origin = found.origins.find((o) => o.calibration === one.calibration);
    const word = ladder && ladder.quantity === one.iron.quantity
      ? (found.grading.by_calibration.find(([c]) => c === one.calibration) || [0, found.grading.grade])[1] : "";
    const gives = origin && origin.gives !== null ? (origin.gives ? "yes" : "no") : "";
    table.append(row([`${from.label}${one.beyond ? " (beyond its range)" : ""}`, named(one.iron, boundsFor(ladder, one.iron.quantity)),
      word ? gradeOf(ladder, word).label : "", gives, from.cohort]));
  }
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Every calibration");
  scroll.append(table);
  return [scroll];
}

function sources(found, ladder, at) {
  const entries = [...at.calibrations.filter((c) => found.iron && found.rate), ladder, found.rate && organOf().precision];
  const ids = [...new Set(entries.filter(Boolean).flatMap((x) => x.sources))];
  if (!ids.length) return [];
  const box = element("details"), list = element("ol");
  list.append(...ids.map((id) => element("li", `${K.sources[id][0]}${K.sources[id][1] ? ` doi:${K.sources[id][1]}` : ""}`)));
  box.append(element("summary", "Sources"), list);
  return [box];
}

function answer(found) {
  const at = placeOf(), ladder = found.grading && at.ladders.find((x) => x.id === found.grading.ladder);
  const rate = found.rate, precision = organOf().precision;
  const curve = !rate ? "printed-without-rate" : rate.low === null ? "printed-without-error" : "printed-without-curve";
  const parts = (found.grading ? found.grading.critical : []).map((text) => element("p", text, "critical"));
  parts.push(element("p", headline(found, ladder), "first"));
  if (found.absence) parts.push(element("p", found.absence.text, "doubt"));
  const by = because(found, ladder, at), differ = otherwise(found, ladder, at);
  if (by) parts.push(element("p", by));
  if (ladder) parts.push(band(found.grading, ladder));
  if (differ) parts.push(element("p", differ, "doubt"));
  const settled = found.absence ? found.absence.code : "";
  parts.push(...found.cautions.filter(([code]) => code !== settled).map(([, text]) => element("p", text, "doubt")));
  if (rate) parts.push(element("p", [found.time, rate].map((e) => named(e, boundsFor(ladder, e.quantity))).join(" · "), "soft"));
  if (rate && precision) parts.push(element("p", `95 %: repeatability, coefficient of variation ${precision.cov_percent} %; ${precision.kind}.`, "soft"));
  parts.push(element("p", K.lines[curve], "soft"), ...everyCalibration(found, ladder, at), ...sources(found, ladder, at));
  parts.push(...organOf().caveats.map((text) => element("p", text, "soft")));
  if (found.grading) parts.push(element("p", K.lines["physician-decides"], "soft"));
  return parts;
}

function show() {
  fill();
  const target = field("answer");
  try {
    const printed = Object.fromEntries(QUANTITIES.map((q) => [q, typed(q)]));
    for (const id of ["organ", "field", "calibration", "ladder"]) printed[id] = field(id).value;
    const found = Reckoning.check(printed);
    field("problem").textContent = "";
    target.replaceChildren(...(found ? answer(found) : [element("p", "Type a T2*, an R2* or an LIC: the answer stands here.", "soft")]));
  } catch (error) {
    field("problem").textContent = error.message;
    target.replaceChildren(element("p", "No answer until the number is clear.", "soft"));
  }
}

offer(field("organ"), Object.values(K.organs).map((o) => [o.id, o.name]));
offer(field("field"), [["", "not stated, or another"], ...K.fields.map((f) => [f.id, f.label])]);
field("organ").value = "liver";
field("not-a-device").textContent = K.lines["not-a-device"];
field("version").textContent = `Knowledge ${K.knowledge}, reviewed ${K.reviewed}. Made by: python -m ironreport.onepage`;
field("form").addEventListener("input", show);
field("form").addEventListener("submit", (event) => event.preventDefault());
field("form").addEventListener("reset", () => setTimeout(() => { field("organ").value = "liver"; show(); }));
show();
