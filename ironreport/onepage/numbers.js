"use strict";
// How numbers are written and read: as report/numbers.py and assess/printed.py do, to the last digit.

const Numbers = (() => {
  const MOST_DECIMALS = 4, NOISE_FREE = 1e-4;

  // toFixed rounds a tie away from zero, Python to the even digit
  function fixed(value, decimals) {
    const text = value.toFixed(decimals);
    const whole = Math.abs(value).toFixed(Math.min(decimals + 60, 100));
    const rest = decimals === 0 ? whole.split(".")[1] : whole.slice(whole.indexOf(".") + 1 + decimals);
    if (!/^50*$/.test(rest)) return text;
    const cut = decimals === 0 ? whole.split(".")[0] : whole.slice(0, whole.indexOf(".") + 1 + decimals);
    return Number(cut[cut.length - 1]) % 2 === 0 ? (value < 0 ? "-" : "") + cut : text;
  }

  const within = (decimals) => Math.min(Math.max(decimals, 0), MOST_DECIMALS);
  const threeDigits = (value) => value ? within(2 - Math.floor(Math.log10(Math.abs(value)))) : 1;

  function decimalsFor(e) {
    if (e.low === null || e.high === null || !Number.isFinite(e.high)) return threeDigits(e.value);
    const half = (e.high - e.low) / 2;
    if (half <= NOISE_FREE * Math.abs(e.value)) return threeDigits(e.value);
    return within(Math.ceil(-Math.log10(half / 2)));
  }

  function onSameSide(value, decimals, limits) {
    const shown = Number(fixed(value, decimals));
    return limits.every((x) => (value < x) === (shown < x) && (value > x) === (shown > x));
  }

  function decimalsBeside(value, decimals, limits) {
    while (Number.isFinite(value) && !onSameSide(value, decimals, limits) && decimals < MOST_DECIMALS) decimals += 1;
    return decimals;
  }

  function written(value, decimals, limits) {
    if (!Number.isFinite(value)) return "∞";
    decimals = decimalsBeside(value, decimals, limits);
    if (onSameSide(value, decimals, limits)) return fixed(value, decimals);
    const crossed = limits.find((x) => !onSameSide(value, decimals, [x]));
    return fixed(crossed + Math.sign(value - crossed) * 10 ** -decimals, decimals);
  }

  function ends(e, limits) {
    if (e.low === null || e.high === null) return null;
    let decimals = decimalsFor(e);
    for (const one of [e.value, e.low, e.high]) decimals = decimalsBeside(one, decimals, limits);
    return [written(e.low, decimals, limits), written(e.high, decimals, limits)];
  }

  function number(e, limits) {
    const text = written(e.value, decimalsFor(e), limits);
    const around = ends(e, limits);
    if (around === null || around.includes("∞")) return text;
    if (Number(around[0]) <= Number(text) && Number(text) <= Number(around[1])) return text;
    return written(e.value, (around[0].split(".")[1] || "").length, limits);
  }

  const interval = (e, limits) => (ends(e, limits) || []).join(" to ");

  // half a unit of the last digit as it was typed; numbers as small as this are written with an exponent by Python
  function halfDigit(value) {
    const digits = String(value);
    const decimals = value >= 1e-4 && digits.includes(".") && !digits.includes("e") ? digits.split(".")[1].length : 0;
    return 0.5 * 10 ** -decimals;
  }

  // Digits of other scripts, and a comma or a point. Several readings come back where there are several.
  function readings(text) {
    const plain = text.trim()
      .replace(/[٠-٩]/g, (c) => String(c.charCodeAt(0) - 0x660))
      .replace(/[۰-۹]/g, (c) => String(c.charCodeAt(0) - 0x6f0))
      .replace(/[٫,]/g, ".");
    if (!/^\d+(\.\d+)?$/.test(plain)) return [];
    const decimal = Number(plain);
    return /^[1-9]\d{0,2}\.\d{3}$/.test(plain) ? [decimal, Number(plain.replace(".", ""))] : [decimal];
  }

  return { fixed, number, ends, interval, halfDigit, readings };
})();
