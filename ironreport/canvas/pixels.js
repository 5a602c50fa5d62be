// Takes the pixels of one part of a series, once, and keeps them where the canvas finds them.
// Bytes: u32 length of the header | header as JSON | zlib of uint16 [slice][echo][row][column], little-endian.

async function unpack(bytes, owner) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const name = `${header.series}/${header.first_slice}`;
  const held = PIXELS.parts.get(name);
  if (held) {
    held.owner = owner;
    return name;
  }
  const part = { ...header, owner, stored: null };
  PIXELS.parts.set(name, part);
  const stream = new Blob([bytes.subarray(4 + length)]).stream().pipeThrough(new DecompressionStream("deflate"));
  part.stored = new Uint16Array(await new Response(stream).arrayBuffer());
  PIXELS.heard.dispatchEvent(new Event("came"));
  return name;
}
