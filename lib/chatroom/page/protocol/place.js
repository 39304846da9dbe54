// What pictures and films tell besides: above all where they were taken. Sans I/O, on bytes.

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif"
const ORIENTATION = 0x0112;
const GPS = 0x8825;
const APP1 = 0xe1; // Exif, XMP
const APP2 = 0xe2; // colours, which stay; or further pictures (MPF)
const APP13 = 0xed; // IPTC
const START_OF_DATA = 0xda;
const END = 0xd9;

export const isJpeg = (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/** The segments before the picture's data, [{marker, at, end}], and where that begins. */
function segmentsOf(bytes) {
  const segments = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_DATA && bytes[at + 1] !== END) {
    const end = at + 2 + length(bytes, at);
    segments.push({ marker: bytes[at + 1], at, end: Math.min(end, bytes.length) });
    at = end;
  }
  return { segments, data: Math.min(at, bytes.length) };
}

const length = (bytes, at) => Math.max(2, bytes[at + 2] * 256 + bytes[at + 3]);
const has = (bytes, at, word) => word.every((byte, index) => bytes[at + index] === byte);
const text = (bytes, { at, end }) => new TextDecoder("latin1").decode(bytes.slice(at + 4, end));

/** {orientation, hasPlace} of an Exif segment. */
function read(bytes, { at, end }) {
  const found = { orientation: 1, hasPlace: false };
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + 10, end - at - 10);
    const isLittle = view.getUint16(0) === 0x4949;
    for (const { tag, place } of entries(view, view.getUint32(4, isLittle), isLittle)) {
      if (tag === ORIENTATION) found.orientation = view.getUint16(place + 8, isLittle);
      // Cameras without a place write the version of these entries, which is 0, and nothing else.
      if (tag === GPS) found.hasPlace = entries(view, view.getUint32(place + 8, isLittle), isLittle).some((each) => each.tag > 0);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    found.hasPlace = true; // damaged: who knows
  }
  return found;
}

function entries(view, at, isLittle) {
  return Array.from({ length: Math.min(view.getUint16(at, isLittle), 500) }, (_, index) => {
    const place = at + 2 + index * 12;
    return { tag: view.getUint16(place, isLittle), place };
  });
}

const SIZES = { 3: 2, 4: 4, 5: 8, 9: 4, 10: 8 }; // bytes of a value by its type; 1 for the others

/** Overwrites the place in a TIFF structure, as Exif is one. Returns whether there was one. */
export function blankGps(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = bytes[0] === 0x49;
  try {
    const gps = entries(view, view.getUint32(4, isLittle), isLittle).find(({ tag }) => tag === GPS);
    const found = gps ? entries(view, view.getUint32(gps.place + 8, isLittle), isLittle).filter(({ tag }) => tag > 0) : [];
    for (const { place } of found) {
      const size = (SIZES[view.getUint16(place + 2, isLittle)] ?? 1) * view.getUint32(place + 4, isLittle);
      const at = view.getUint32(place + 8, isLittle);
      if (size > 4) bytes.fill(0, at, at + size);
      bytes.fill(0, place, place + 12);
    }
    return found.length > 0;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false; // it only looks like one
  }
}

/** Whether the beginning of a JPEG (some 100 KB) tells where it was taken. */
export function hasPlace(bytes) {
  return segmentsOf(bytes).segments.filter(({ marker }) => marker === APP1).some((segment) =>
    has(bytes, segment.at + 4, EXIF) ? read(bytes, segment).hasPlace : /GPSL(at|ong)itude/.test(text(bytes, segment)));
}

/** The JPEG in parts, without what it tells besides the picture. It stays as it is, the right way up. */
export function withoutPlace(bytes) {
  const { segments, data } = segmentsOf(bytes);
  const exif = segments.find(({ marker, at }) => marker === APP1 && has(bytes, at + 4, EXIF));
  const { orientation } = exif ? read(bytes, exif) : { orientation: 1 };
  const kept = segments.filter((segment) => segment.marker !== APP1 && segment.marker !== APP13
    && !(segment.marker === APP2 && text(bytes, segment).startsWith("MPF")));
  return [
    bytes.slice(0, 2), ...(orientation > 1 && orientation < 9 ? [onlyOrientation(orientation)] : []),
    ...kept.map(({ at, end }) => bytes.slice(at, end)), bytes.slice(data, endOf(bytes, data)),
  ];
}

function onlyOrientation(orientation) {
  return Uint8Array.of(0xff, APP1, 0, 34, ...EXIF, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0);
}

/** Where the picture ends: some cameras put further ones behind it, each with a place of its own. */
function endOf(bytes, from) {
  let at = from;
  while (at >= 0 && at + 1 < bytes.length) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff) at = bytes.indexOf(0xff, at);
    else if (marker === END) return at + 2;
    else if (marker === 0xff) at += 1;
    else if (marker === 0 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + length(bytes, at);
  }
  return bytes.length;
}

// Films and HEIC pictures: the place is overwritten in their bytes, so that nothing else moves.
//
// Both are made of boxes: a length, a type, content (ISO 14496-12). A place is a text after ISO 6709 in moov
// (Android, Apple), a box `loci` (3GPP), or Exif and XMP as in a JPEG.
const TEXT = /[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?\/|exif:GPS\w+(?:="[^"]*"|>[^<]*)/g;
const TIFF = /MM\0\*\0\0\0\x08|II\*\0\x08\0\0\0/g;

/** Overwrites the places in the bytes. Returns whether there were any. */
export function blankPlaces(bytes) {
  const text = new TextDecoder("latin1").decode(bytes);
  let isFound = false;
  const blank = (from, to, byte, isPart) => {
    for (let at = from; at < Math.min(to, bytes.length); at += 1) {
      if (!isPart(bytes[at])) continue;
      bytes[at] = byte;
      isFound = true;
    }
  };
  for (const { 0: { length }, index } of text.matchAll(TEXT)) blank(index, index + length, 0x30, (byte) => byte > 0x30 && byte < 0x3a);
  for (const { index } of text.matchAll(/loci\0{4}/g)) {
    blank(index + 8, index - 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(index - 4), 0, Boolean);
  }
  for (const { index } of text.matchAll(TIFF)) isFound = blankGps(bytes.subarray(index)) || isFound;
  return isFound;
}

/** The boxes of the outermost level: [{type, at, end}]. `read(at, end)` resolves with bytes. */
export async function boxesOf(read, size) {
  const found = [];
  for (let at = 0; at + 8 <= size && found.length < 1000;) {
    const head = await read(at, at + 16);
    const view = new DataView(head.buffer);
    const short = view.getUint32(0);
    const length = short === 1 ? Number(view.getBigUint64(8)) : short || size - at;
    found.push({ type: String.fromCharCode(...head.slice(4, 8)), at, end: Math.min(size, at + Math.max(8, length)) });
    at = found.at(-1).end;
  }
  return found;
}
