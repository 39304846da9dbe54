// Pictures and films before they are sent: a smaller copy, and one that does not tell where it was taken.

import { blankPlaces, boxesOf, hasPlace, isJpeg, withoutPlace } from "../protocol/place.js";

const LARGE = 2048; // pixels of the longer side of a smaller copy
const HEAVY = 1500000; // bytes from which a smaller copy is offered
const HEAD = 262144; // bytes in which Exif is
const QUALITY = 0.85;
const MOST = 64000000; // bytes of a picture that is looked at

/** {width, height, hasPlace, smaller, clean}: copies are {file, width, height}, or null; null for other files. */
export async function lookAt(file) {
  if (/\.(mp4|m4v|mov|3gp|hei[cf])$/i.test(file.name)) return lookAtBoxes(file);
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size > MOST) return null;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const { width, height } = bitmap;
  try {
    const placed = await tellsPlace(file);
    const part = Math.min(1, LARGE / Math.max(width, height));
    const smaller = (part < 1 || file.size > HEAVY) && !(await isAnimated(file)) ? await redraw(bitmap, file, part) : null;
    const clean = placed ? await cleaned(bitmap, file) : null;
    return { width, height, hasPlace: placed, smaller: smaller?.file.size < file.size * 0.8 ? smaller : null, clean };
  } finally {
    bitmap.close();
  }
}

// The place is in all boxes but that of a film's data, where a HEIC picture has its Exif.
async function lookAtBoxes(file) {
  const isFilm = !/\.hei[cf]$/i.test(file.name);
  const boxes = await boxesOf((at, end) => bytesOf(file.slice(at, end)), file.size);
  let isPlaced = false;
  const parts = await Promise.all(boxes.map(async ({ type, at, end }) => {
    if ((isFilm && type === "mdat") || end - at > MOST) return file.slice(at, end);
    const bytes = await bytesOf(file.slice(at, end));
    isPlaced = blankPlaces(bytes) || isPlaced;
    return bytes;
  }));
  return isPlaced ? { hasPlace: true, smaller: null, clean: { file: new File(parts, file.name, { type: file.type }) } } : null;
}

const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
const letters = async (blob) => new TextDecoder("latin1").decode(await blob.arrayBuffer());

/** PNG and WebP have Exif in a chunk of that name, at either end. */
async function tellsPlace(file) {
  const head = await bytesOf(file.slice(0, HEAD));
  if (isJpeg(head)) return hasPlace(head);
  return /eXIf|EXIF|XMP/.test(await letters(file.slice(0, HEAD)) + await letters(file.slice(-HEAD)));
}

const isAnimated = async (file) => /acTL|ANIM/.test(await letters(file.slice(0, 4096)));

async function cleaned(bitmap, file) {
  const { width, height } = bitmap;
  if (file.type === "image/jpeg") return { file: new File(withoutPlace(await bytesOf(file)), file.name, { type: file.type }), width, height };
  return (await isAnimated(file)) ? null : redraw(bitmap, file, 1);
}

/** What is drawn anew has the picture only. */
async function redraw(bitmap, file, part) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * part));
  canvas.height = Math.max(1, Math.round(bitmap.height * part));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, file.type, QUALITY));
  return blob?.type === file.type ? { file: new File([blob], file.name, { type: file.type }), width: canvas.width, height: canvas.height } : null;
}
