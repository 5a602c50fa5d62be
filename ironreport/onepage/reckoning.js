"use strict";
// A printed number read as assess/ reads it. K is the knowledge that the page carries; nothing clinical stands here.

const Reckoning = ((K) => {
  const estimate = (quantity, value, low = null, high = null) => ({ quantity, value, low, high });
  const other = (x) => K.product / x; // a time of a rate, a rate of a time

  const FORMS = {
    "linear": {
      value: (x, c) => c.slope * x + c.intercept,
      inverse: (iron, c) => (iron - c.intercept) / c.slope,
    },
    "power": {
      value: (x, c) => c.factor * x ** c.exponent,
      inverse: (iron, c) => (iron / c.factor) ** (1 / c.exponent),
    },
    "power-after-field-conversion": {
      value: (x, c) => FORMS.power.value(other((x + c.field_offset) / c.field_slope), c),
      inverse: (iron, c) => c.field_slope * other(FORMS.power.inverse(iron, c)) - c.field_offset,
    },
  };
  const ironOf = (calibration, x) => Math.max(FORMS[calibration.form].value(x, calibration.coefficients), 0);
  const given = (calibration, rate) => calibration.input === "t2star_ms" ? other(rate) : rate;
  function rateBehind(calibration, lic) {
    const found = FORMS[calibration.form].inverse(lic, calibration.coefficients);
    return calibration.input === "t2star_ms" ? other(found) : found;
  }

  function repeated(quantity, value, organ) {
    if (!organ.precision) return estimate(quantity, value);
    const spread = Math.exp(K.normal_95 * Math.sqrt(Math.log1p((organ.precision.cov_percent / 100) ** 2)));
    return estimate(quantity, value, value / spread, value * spread);
  }

  const inverted = (rate, quantity) => estimate(
    quantity, other(rate.value), rate.high === null ? null : other(rate.high), rate.low === null ? null : other(rate.low),
  );

  function calibrated(calibration, time, rate) {
    const from = calibration.input === time.quantity ? time : rate;
    const value = ironOf(calibration, from.value);
    const limits = [from.low, from.high].filter((x) => x !== null).map((x) => ironOf(calibration, x));
    limits.sort((a, b) => a - b);
    const [low, high] = limits.length ? limits : [null, null];
    const beyond = calibration.range_high !== null && value > calibration.range_high;
    return { calibration: calibration.id, iron: estimate(calibration.output, value, low, high), beyond };
  }

  // ------------------------------------------------------------------ classes

  function gradeIndex(ladder, value) {
    const within = (g) => ladder.worse === "lower" ? value >= g.bound
      : g.bound_included ? value <= g.bound : value < g.bound;
    return ladder.grades.findIndex((g) => g.bound === null || within(g));
  }
  const gradeId = (ladder, value) => ladder.grades[gradeIndex(ladder, value)].id;

  function touched(ladder, e) {
    const at = [e.low, e.value, e.high].filter((x) => x !== null).map((x) => gradeIndex(ladder, x));
    return ladder.grades.slice(Math.min(...at), Math.max(...at) + 1).map((g) => g.id);
  }

  // share of the normal distribution below z: erf as a series of positive terms, beyond 3 as a continued fraction
  function normalShare(z) {
    const x = Math.abs(z) / Math.SQRT2;
    let tail;
    if (x < 3) {
      let term = x, sum = x;
      for (let n = 1; term > sum * 1e-17; n += 1) { term *= 2 * x * x / (2 * n + 1); sum += term; }
      tail = 1 - 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    } else {
      let fraction = x;
      for (let n = 80; n > 0; n -= 1) fraction = x + n / 2 / fraction;
      tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
    return z < 0 ? tail / 2 : 1 - tail / 2;
  }

  function shareBelow(e, bound) {
    const limit = bound < e.value ? e.low : e.high;
    if (bound <= 0 || limit === null || limit <= 0 || limit === e.value) return bound > e.value ? 1 : 0;
    if (!Number.isFinite(limit)) return 0.5;
    return normalShare(K.normal_95 * Math.log(bound / e.value) / Math.abs(Math.log(limit / e.value)));
  }

  function probabilities(ladder, e) {
    if (e.low === null || e.high === null || e.value <= 0) return [];
    const below = ladder.grades.slice(0, -1).map((g) => shareBelow(e, g.bound));
    const reached = [0, ...below.map((x) => ladder.worse === "lower" ? 1 - x : x), 1];
    return ladder.grades.map((g, i) => [g.id, reached[i + 1] - reached[i]]).filter(([, x]) => x >= K.smallest_share);
  }

  function fires(rule, grading, ladder) {
    const severity = (id) => ladder.grades.find((g) => g.id === id).severity;
    return rule.all.every((asked) => {
      if (asked.probability_from === null) return asked.severity.includes(severity(grading.grade));
      const shares = grading.probabilities.filter(([id]) => asked.severity.includes(severity(id))).map(([, x]) => x);
      return grading.probabilities.length > 0 && shares.reduce((a, b) => a + b, 0) >= asked.probability_from;
    });
  }

  function filled(text, grading, ladder) {
    const at = ladder.grades.findIndex((g) => g.id === grading.grade);
    const beyond = ladder.grades.slice(at + 1).map((g) => g.id);
    const share = grading.probabilities.filter(([id]) => beyond.includes(id)).reduce((a, [, x]) => a + x, 0);
    const worst = ladder.grades.find((g) => g.id === grading.touched[grading.touched.length - 1]);
    const probability = share >= K.smallest_share
      ? Words.sentence("P = {num} %", { num: Numbers.fixed(100 * share, 0) }) : "P below 1 %";
    return Words.sentence(text, { worse: worst.label, probability });
  }

  const measured = (found, quantity) =>
    [found.time, found.rate, found.iron && found.iron.iron].find((e) => e && e.quantity === quantity) || null;

  function implausible(found, at) {
    const excluded = (p) => {
      const e = measured(found, p.quantity);
      if (e === null || (p.quantity === "lic_mg_per_g" && found.rate)) return false;
      return p.above !== null ? e.value > p.above : p.below !== null && e.value < p.below;
    };
    return at.plausible.find(excluded) || null;
  }

  function graded(found, organ, at, choice) {
    const crossed = implausible(found, at);
    if (crossed) return stop(found, { code: "NOT_PLAUSIBLE", text: settled(crossed.text) });
    if (at.no_limit) return stop(found, at.no_limit);
    const ladder = at.ladders.find((x) => x.id === choice || !choice);
    const e = ladder ? measured(found, ladder.quantity) : null;
    if (!e) return stop(found, { code: "NOT_GRADABLE", text: Words.sentence("{organ}: the graded quantity was not measured.", { organ: organ.name }) });
    const grade = ladder.grades[gradeIndex(ladder, e.value)];
    const isIron = found.iron && found.iron.iron.quantity === ladder.quantity;
    const flags = at.flags.filter((f) => { const x = measured(found, f.quantity); return x && x.value < f.below; });
    found.grading = {
      ladder: ladder.id, quantity: ladder.quantity, value: e.value, grade: grade.id, touched: touched(ladder, e),
      by_calibration: isIron ? found.others.map((o) => [o.calibration, gradeId(ladder, o.iron.value)]) : [],
      probabilities: probabilities(ladder, e), flags: flags.map((f) => f.id),
    };
    const rules = organ.critical.filter((rule) => fires(rule, found.grading, ladder));
    found.grading.critical = [...flags, ...rules].map((x) => filled(x.text, found.grading, ladder));
    return found;
  }

  const settled = (text) => Words.joined([text, "No class is given until this is settled."], " ");
  const stop = (found, absence) => Object.assign(found, { absence });

  // ------------------------------------------------------------------ the printed numbers

  function agrees(printed) {
    const r = printed.r2star_per_s, t = printed.t2star_ms;
    const dr = Numbers.halfDigit(r), dt = Numbers.halfDigit(t);
    return (r - dr) * (t - dt) <= K.product && K.product <= (r + dr) * (t + dt);
  }

  function rateOf(printed, usable) {
    if (printed.r2star_per_s !== null) return printed.r2star_per_s;
    if (printed.t2star_ms !== null) return other(printed.t2star_ms);
    const origin = usable.find((c) => c.id === printed.calibration);
    if (!origin || printed.lic_mg_per_g === null) return null;
    const rate = rateBehind(origin, printed.lic_mg_per_g);
    return rate > 0 ? rate : null;
  }

  function origins(printed, rate, usable) {
    const lic = printed.lic_mg_per_g;
    if (rate === null && lic === null) return [];
    return usable.map((c) => {
      if (rate === null) return { calibration: c.id, lic, gives: null, rate: rateBehind(c, lic) };
      const computed = ironOf(c, given(c, rate));
      const gives = lic === null ? null : Math.abs(computed - lic) <= Numbers.halfDigit(lic);
      return { calibration: c.id, lic: computed, gives, rate };
    }).filter((o) => o.rate > 0);
  }

  function reading(printed, possible, usable) {
    const fitting = possible.filter((o) => o.gives).map((o) => o.calibration);
    if (printed.calibration) return { calibration: printed.calibration, why: "stated", fitting };
    if (printed.lic_mg_per_g === null || !possible.length) return { calibration: "", why: "no-iron-printed", fitting: [] };
    if (possible.every((o) => o.gives === null)) return { calibration: "", why: "not-known", fitting: [] };
    if (!fitting.length) return { calibration: "", why: "none-fits", fitting: [] };
    const standard = usable.length ? usable[0].id : "";
    return { calibration: fitting.includes(standard) ? "" : fitting[0], why: "fits", fitting };
  }

  function rangeCautions(calibration, iron) {
    const top = calibration.range_high;
    if (iron.beyond) {
      return [["BEYOND_CALIBRATED_RANGE", Words.sentence(
        "Iron is above {top} mg/g, the upper end of {label}: read it as more than {top} mg/g.", { top, label: calibration.label })]];
    }
    return iron.iron.value <= 0
      ? [["BELOW_CALIBRATED_RANGE", Words.sentence(
        "{label} gives no iron at this rate; its line starts higher. Read it as not measurable.", { label: calibration.label })]]
      : [];
  }

  function withIron(found, at, rate, choice, organ) {
    found.rate = repeated("r2star_per_s", rate, organ);
    found.time = inverted(found.rate, "t2star_ms");
    if (!at || !at.calibrations.length) return;
    const chosen = at.calibrations.find((c) => c.id === choice || !choice);
    found.iron = calibrated(chosen, found.time, found.rate);
    found.others = at.calibrations.filter((c) => c.id !== chosen.id).map((c) => calibrated(c, found.time, found.rate));
    found.cautions.push(...rangeCautions(chosen, found.iron));
  }

  function withPrintedIron(found, printed, at, possible) {
    found.iron = { calibration: printed.calibration, iron: estimate("lic_mg_per_g", printed.lic_mg_per_g), beyond: false };
    const standard = at.calibrations[0];
    found.others = standard ? possible.map((o) => ({
      calibration: o.calibration, iron: estimate("lic_mg_per_g", ironOf(standard, given(standard, o.rate))), beyond: false,
    })) : [];
  }

  function contradiction(found, printed, at) {
    const lic = printed.lic_mg_per_g, grading = found.grading;
    if (lic === null || !grading || grading.quantity !== "lic_mg_per_g" || !found.rate || !found.iron) return null;
    const ladder = at.ladders.find((x) => x.id === grading.ladder);
    const known = [...grading.touched, ...grading.by_calibration.map(([, g]) => g)];
    if (known.includes(gradeId(ladder, lic))) return null;
    const values = [found.iron, ...found.others].map((x) => x.iron.value);
    return ["PRINTED_IRON_CONTRADICTS", Words.sentence("The printed LIC {lic} mg/g does not belong to the rate printed beside "
      + "it: the calibrations here give {low} to {high} mg/g, of another class. One of the two is wrong, or they are of "
      + "different organs or regions. Check both, and leave one out.",
    { lic, low: Numbers.fixed(Math.min(...values), 2), high: Numbers.fixed(Math.max(...values), 2) })];
  }

  function once(printed, doubt) {
    const organ = K.organs[printed.organ], at = organ.fields[printed.field];
    const usable = at.calibrations.filter((c) => !c.information_only);
    const rate = rateOf(printed, usable), possible = origins(printed, rate, usable);
    const found = { organ: organ.id, field: printed.field, rate: null, time: null, iron: null, others: [], grading: null,
      absence: null, cautions: doubt ? [doubt] : [], origins: possible, reading: reading(printed, possible, usable) };
    const blocked = doubt && { code: doubt[0], text: settled(doubt[1]) };
    const refusal = at.no_class || blocked;
    if (rate !== null) withIron(found, refusal ? null : at, rate, found.reading.calibration, organ);
    else if (printed.lic_mg_per_g !== null) withPrintedIron(found, printed, at, possible);
    return refusal ? stop(found, refusal) : graded(found, organ, at, printed.ladder);
  }

  // printed: organ, field (id or ""), t2star_ms, r2star_per_s, lic_mg_per_g (number or null), calibration, ladder (id or "")
  function check(printed) {
    const numbers = [printed.t2star_ms, printed.r2star_per_s, printed.lic_mg_per_g].filter((x) => x !== null);
    if (!numbers.length || numbers.some((x) => !(x > 0 && x < Infinity))) return null;
    let doubt = null;
    if (printed.r2star_per_s !== null && printed.t2star_ms !== null && !agrees(printed)) {
      doubt = ["PRODUCT_NOT_1000", Words.sentence("T2* × R2* is {product} and must be {right}: one of the two numbers is "
        + "wrong, or they belong to different regions. Check both, and that ms and s⁻¹ are not exchanged.",
      { product: Numbers.fixed(printed.r2star_per_s * printed.t2star_ms, 0), right: K.product })];
    }
    const found = once(printed, doubt);
    const second = contradiction(found, printed, K.organs[printed.organ].fields[printed.field]);
    return second ? once(printed, second) : found;
  }

  return { check };
})(JSON.parse(document.getElementById("knowledge").textContent));
