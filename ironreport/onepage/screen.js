"use strict";
// The form and the answer. All text enters the page as text, never as HTML, and by the door of the languages.

const K = JSON.parse(document.getElementById("knowledge").textContent);
const field = (id) => document.getElementById(id);
const QUANTITIES = ["t2star_ms", "r2star_per_s", "lic_mg_per_g"];

function element(tag, words = "", name = "") {
  const made = document.createElement(tag);
  made.textContent = Words.said(words);
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
  if (!readings.length) {
    throw new Error(Words.sentence(
      '{symbol} "{text}" is not a number. Write digits with one decimal mark, such as 14.8.', { symbol, text },
    ));
  }
  if (readings[0] <= 0) {
    throw new Error(Words.sentence("{symbol} must be above zero. Check the printed number.", { symbol }));
  }
  if (readings.length > 1 && possible(quantity, readings[1])) {
    throw new Error(Words.sentence(
      '{symbol} "{text}" can mean {one} or {other}. Write {other}, or {one} with two or four decimals.',
      { symbol, text, one: readings[0], other: readings[1] },
    ));
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
  const limits = Numbers.ends(e, bounds), number = Numbers.number(e, bounds);
  if (limits === null) return Words.sentence("{symbol} {number} {unit} (no interval)", { symbol, number, unit });
  const [low, high] = limits;
  return Words.sentence("{symbol} {number} {unit} (95 % {low} to {high})", { symbol, number, unit, low, high });
}

// A class never stands without those that the interval also touches.
function classWords(grading, ladder) {
  const own = gradeOf(ladder, grading.grade).label;
  const share = (id) => (grading.probabilities.find(([other]) => other === id) || [id, 0])[1];
  const probable = (id) => share(id) ? Words.sentence("{grade} (P = {num} %)", {
    grade: gradeOf(ladder, id).label, num: Numbers.fixed(100 * share(id), 0),
  }) : gradeOf(ladder, id).label;
  const near = grading.touched.filter((id) => id !== grading.grade).map(probable);
  return near.length ? Words.sentence("{grade}, within the error of {near}", { grade: own, near: Words.joined(near, " and ") }) : own;
}

function headline(found, ladder) {
  const organ = organOf(), iron = found.iron && found.iron.iron;
  const e = ladder ? [iron, found.time, found.rate].find((x) => x && x.quantity === ladder.quantity) : found.time || iron;
  if (!e) return Words.sentence("{organ}: no class.", { organ: organ.name });
  const value = named(e, boundsFor(ladder, e.quantity));
  if (!found.grading) return Words.sentence("{organ} {value}: no class.", { organ: organ.name, value });
  return Words.sentence("{organ} {value}: {grade}.", { organ: organ.name, value, grade: classWords(found.grading, ladder) });
}

function because(found, ladder, at) {
  const used = found.iron ? labelOf(at.calibrations, found.iron.calibration) : "";
  const n = found.reading.fitting.length;
  const why = {
    "stated": "By {used}, the calibration stated.",
    "fits": n > 1 ? "By {used}, one of the {n} calibrations at this field that gives the printed LIC."
      : "By {used}, the one calibration at this field that gives the printed LIC.",
    "none-fits": "By {used}, the published default. No calibration at this field gives the printed LIC.",
    "no-iron-printed": !used ? "" : at.calibrations[0].information_only ? "By {used}, for information."
      : "By {used}, the published default.",
    "not-known": "The printed LIC as it stands: its calibration is not stated.",
  }[found.reading.why];
  const isIron = ladder && found.iron && ladder.quantity === found.iron.iron.quantity;
  const parts = isIron ? [Words.sentence(why, { used, n })] : [];
  if (ladder) {
    const by = ladder.provisional ? "Class by {ladder}, provisional." : "Class by {ladder}.";
    parts.push(Words.sentence(by, { ladder: ladder.label }), ladder.caveat);
  }
  const { standing } = organOf();
  if (standing !== "established") parts.push(Words.sentence("Standing of this organ: {standing}.", { standing }));
  return Words.joined(parts.filter(Boolean), " ");
}

function band(grading, ladder) {
  const list = element("ul", "", "band");
  list.setAttribute("aria-label", Words.said(Words.sentence("Classes of {ladder}, best to worst", { ladder: ladder.label })));
  for (const grade of ladder.grades) {
    const own = grade.id === grading.grade, near = grading.touched.includes(grade.id);
    const shape = own ? "{grade}: here" : "{grade}: within the error";
    const words = own || near ? Words.sentence(shape, { grade: grade.label }) : grade.label;
    list.append(element("li", words, `severity-${grade.severity} ${own ? "here" : near ? "touched" : ""}`));
  }
  return list;
}

// Whoever says otherwise is counted in words above the table: a class that one calibration gives alone is no certainty.
function otherwise(found, ladder, at) {
  const differ = found.grading ? found.grading.by_calibration.filter(([, g]) => g !== found.grading.grade) : [];
  if (!differ.length) return "";
  const shape = found.reading.why === "not-known" ? "{grade} if it came from {calibration}" : "{grade} by {calibration}";
  const said = differ.map(([c, g]) => Words.sentence(shape, {
    grade: gradeOf(ladder, g).label, calibration: labelOf(at.calibrations, c),
  }));
  return Words.sentence("{n} of the {total} other calibrations say otherwise: {said}.", {
    n: differ.length, total: found.others.length, said: Words.joined(said, "; "),
  });
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
    table.append(row([one.beyond ? Words.sentence("{label} (beyond its range)", { label: from.label }) : from.label, named(one.iron, boundsFor(ladder, one.iron.quantity)),
      word ? gradeOf(ladder, word).label : "", gives, from.cohort]));
  }
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", Words.said("Every calibration"));
  scroll.append(table);
  return [scroll];
}

function sources(found, ladder, at) {
  const entries = [...at.calibrations.filter((c) => found.iron && found.rate), ladder, found.rate && organOf().precision];
  const ids = [...new Set(entries.filter(Boolean).flatMap((x) => x.sources))];
  if (!ids.length) return [];
  const box = element("details"), list = element("ol");
  list.append(...ids.map((id) => element("li", ""))); // papers are called as they are
  [...list.children].forEach((item, i) => {
    const [citation, doi] = K.sources[ids[i]];
    item.textContent = doi ? `${citation} doi:${doi}` : citation;
    item.dir = "ltr";
  });
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
  if (rate) parts.push(element("p", Words.joined([found.time, rate].map((e) => named(e, boundsFor(ladder, e.quantity))), " · "), "soft"));
  if (rate && precision) parts.push(element("p", Words.sentence(
    "95 %: repeatability, coefficient of variation {cov} %; {kind}.", { cov: precision.cov_percent, kind: precision.kind },
  ), "soft"));
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
    field("problem").textContent = Words.said(error.message);
    target.replaceChildren(element("p", "No answer until the number is clear.", "soft"));
  }
}

// ------------------------------------------------------------------ the language

// Texts of the page itself, with the English they were written in.
const written = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const english = node.data.replace(/\s+/g, " ").trim();
  if (english && !node.parentElement.closest("script, style, noscript, select, #answer")) written.push([node, english]);
}
const title = document.title;

function speak(wanted) {
  const code = Words.choose(wanted);
  Object.assign(document.documentElement, { lang: code, dir: Words.direction() });
  document.title = Words.said(title);
  for (const [node, english] of written) node.data = `${Words.said(english)} `;
  field("language").value = code;
  field("notice").textContent = Words.notice();
  field("not-a-device").textContent = Words.said(K.lines["not-a-device"]);
  field("version").textContent = Words.said(Words.sentence(
    "Knowledge {version}, reviewed {date}.", { version: K.knowledge, date: K.reviewed },
  ));
  offer(field("organ"), Object.values(K.organs).map((o) => [o.id, o.name]));
  offer(field("field"), [["", "not stated, or another"], ...K.fields.map((f) => [f.id, f.label])]);
  show();
}

const wanted = () => [location.hash.slice(1), ...navigator.languages.map((name) => name.split("-")[0])]
  .find((code) => Words.offered().some(([id]) => id === code)) || "";

field("language").append(...Words.offered().map(([value, name]) => Object.assign(document.createElement("option"), {
  value, textContent: name, lang: value,
})));
field("organ").append(Object.assign(document.createElement("option"), { value: "liver" }));
field("language").addEventListener("change", (event) => {
  history.replaceState(null, "", `#${event.target.value}`);
  speak(event.target.value);
});
field("form").addEventListener("input", show);
field("form").addEventListener("submit", (event) => event.preventDefault());
field("form").addEventListener("reset", () => setTimeout(() => { field("organ").value = "liver"; show(); }));
speak(wanted());
