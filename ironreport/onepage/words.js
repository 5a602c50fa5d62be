"use strict";
// What the page says, in the language chosen. It reckons and keeps its sentences in English; a sentence remembers its
// template and what stands in the places, so that both are translated and no number is made anew.

const Words = ((T) => {
  const PLACE = /\{(\w+)\}/g, FROM_LEFT = "\u200e", FROM_RIGHT = "\u200f", ENGLISH = "en";
  const made = new Map(), index = new Map(T.phrases.map((phrase, i) => [phrase, i]));
  let code = ENGLISH;

  const filled = (template, values) => template.replace(PLACE, (all, name) => name in values ? values[name] : all);

  function sentence(template, values = {}) {
    const english = filled(template, values);
    if (english !== template) made.set(english, (say) => filled(say(template), mapped(values, say)));
    return english;
  }

  function joined(parts, glue) {
    const english = parts.join(glue);
    if (parts.length > 1) made.set(english, (say) => parts.map(say).join(say(glue)));
    return english;
  }

  const mapped = (values, say) => Object.fromEntries(Object.entries(values).map(([name, v]) => [name, say(String(v))]));

  function inLanguage(english) {
    if (index.has(english)) return T.languages[code].said[index.get(english)];
    if (made.has(english)) return made.get(english)(inLanguage);
    return english.replace(/^(-?\d+)\.(\d+)$/, `$1${T.languages[code].decimal}$2`);
  }

  // numbers from right to left as they are written, as language/speech.py does
  const apart = (text) => text
    .replace(/(?<![A-Za-z0-9_.,:/\\\u200e<>±~+\-−])(?=[<>±~]?[+\-−]?\d)/g, FROM_LEFT)
    .replace(/(?<=\d\s%)(?=:?\s\u200e?[<>±~]?[+\-−]?\d)/g, FROM_LEFT + FROM_RIGHT)
    .replace(/(?<=\d\s%)(?!\u200e)/g, FROM_LEFT)
    .replace(/(?<=[\u060c\u061b·])(?!\u200f)/g, FROM_RIGHT)
    .replace(/(?<=[TR]2)(\*)(?!\*|\w)/g, `$1${FROM_LEFT}`);

  const begun = (english, text) => /^[A-Z]/.test(english) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

  function said(english) {
    if (code === ENGLISH) return english;
    const text = begun(english, inLanguage(english));
    return direction() === "rtl" ? apart(text) : text;
  }

  const direction = () => code === ENGLISH ? "ltr" : T.languages[code].direction;
  const offered = () => [[ENGLISH, "English"], ...Object.entries(T.languages).map(([id, one]) => [id, one.name])];
  const notice = () => code === ENGLISH ? "" : T.languages[code].notice;

  function choose(wanted) {
    code = wanted in T.languages ? wanted : ENGLISH;
    return code;
  }

  return { sentence, joined, said, direction, offered, notice, choose };
})(JSON.parse(document.getElementById("translations").textContent));
