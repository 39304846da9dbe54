// Dark, light, or as the system has it.

import { settings } from "../state/storage.js";

export const THEMES = { auto: "Automatic", light: "Light", dark: "Dark" };

export function applyTheme() {
  const theme = settings.get("theme");
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
