// Where the components of one page meet: the pixels by series and first slice, and the word that some came.

const PIXELS = (globalThis[Symbol.for("ironreport.pixels")] ??= { parts: new Map(), heard: new EventTarget() });
