// Making nodes. Never from HTML: what people write is text.

/** h("button", {class: "x", onclick: act, "aria-label": "Close"}, "text", node, …) */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.5M18 14.6c2.1.8 3.5 2.7 3.5 5.4",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  plus: "M12 5v14M5 12h14",
  send: "M4 12l16-8-5 16-3.5-6.5L4 12zM11.5 13.5L20 4",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c1.7 2.3 5.3 2.3 7 0M9 9.5v.01M15 9.5v.01",
  reply: "M10 6L4 12l6 6M4 12h10c4 0 6 2.5 6 6",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  close: "M6 6l12 12M18 6L6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  gear: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M5.6 18.4l1.8-1.8M16.6 7.4l1.8-1.8",
  dots: "M5 11.2a.8.8 0 1 0 .01 0zM12 11.2a.8.8 0 1 0 .01 0zM19 11.2a.8.8 0 1 0 .01 0z",
  muted: "M6 16V11a6 6 0 0 1 9-5.2M18 11v5l1.5 2h-13M10 20.5c1 .8 3 .8 4 0M4 4l16 16",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.3 17a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  back: "M15 5l-7 7 7 7",
  forth: "M9 5l7 7-7 7",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A function that calls `draw` once in the next frame, however often it is called until then. */
export function inNextFrame(draw) {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  };
}

/** A button that shows an icon; `label` is read out, and shown as a tip. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** A nickname in its colour, isolated so that its direction harms nothing around it. */
export function nickname(nick, className = "") {
  const node = h("bdi", { class: `nick ${className}`.trim() }, nick);
  node.style.setProperty("--hue", hue(nick));
  return node;
}

export function avatar(nick) {
  const [first = "?"] = new Intl.Segmenter().segment(nick.replace(/^[^\p{L}\p{N}]+/u, "") || nick);
  const node = h("span", { class: "avatar", "aria-hidden": "true" }, (first.segment ?? first).slice(0, 2).toUpperCase());
  node.style.setProperty("--hue", hue(nick));
  return node;
}

/** The hue of a name in degrees: the same on every page. */
export function hue(nick) {
  let hash = 7;
  for (const character of nick.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)) % 9973;
  return (hash * 137) % 360;
}

const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SHORT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clock = (time) => HOUR.format(time);
/** Of 24 hours, where there is no room for a.m. and p.m. */
export const shortClock = (time) => SHORT.format(time);
export const wholeTime = (time) => WHOLE.format(time);
export const dayOf = (time) => new Date(time).toDateString();

export function dayName(time) {
  const day = dayOf(time);
  if (day === dayOf(Date.now())) return "Today";
  if (day === dayOf(Date.now() - 86400000)) return "Yesterday";
  const isThisYear = new Date(time).getFullYear() === new Date().getFullYear();
  return (isThisYear ? DAY : DAY_AND_YEAR).format(time);
}

/** "1 person", "2 people" */
export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Orders names as people do: "room2" before "room10". */
export const byName = (one, other) => collator.compare(one, other);
