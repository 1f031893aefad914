/*
 * An organizer's colour as a style sheet: "/theme/0f5c63.css" sets the variables of style/tokens.css for what has the class
 * "theme-0f5c63". A colour that could not be read is made darker for light pages and lighter for dark ones, as far as it
 * takes, keeping its hue; so nobody has to be told that his colour is wrong. The same address is the same sheet for ever.
 */
export const THEME_PATH = /^\/theme\/(?<colour>[0-9a-f]{6})\.css$/;

/* Red, green, blue; 0 to 1. */
type Colour = readonly [number, number, number];

const ENOUGH = 4.5;
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [1, 1, 1];

function parse(digits: string): Colour {
  const at = (index: number) => Number.parseInt(digits.slice(index, index + 2), 16) / 255;
  return [at(0), at(2), at(4)];
}

export function format(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part * 255).toString(16).padStart(2, '0')).join('')}`;
}

function mix(colour: Colour, other: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => colour[index] * (1 - share) + other[index] * share;
  return [part(0), part(1), part(2)];
}

/* WCAG 2's relative luminance, and contrast. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(left: Colour, right: Colour): number {
  const [low, high] = [luminance(left), luminance(right)].sort((one, other) => one - other) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/* What pages are drawn on (style/tokens.css): paper, sheet. */
interface Ground {
  papers: readonly Colour[];
  sheet: Colour;
  away: Colour;
}

const LIGHT: Ground = { papers: [parse('f3f5f4'), WHITE], sheet: WHITE, away: BLACK };
const DARK: Ground = { papers: [parse('10191c'), parse('172428')], sheet: parse('172428'), away: WHITE };

export interface Palette {
  accent: Colour;
  strong: Colour;
  on: Colour;
  tint: Colour;
}

/* Text of the accent is read on paper, sheet and tint; text on it is black or white, whichever is read better. */
export function paletteOf(digits: string, { papers, sheet, away }: Ground): Palette {
  const wanted = parse(digits);
  for (let share = 0; ; share = Math.min(1, share + 0.02)) {
    const accent = parse(format(mix(wanted, away, share)).slice(1));
    const tint = mix(sheet, accent, 0.1);
    const isRead = [...papers, tint].every((ground) => contrast(accent, ground) >= ENOUGH);
    if (!isRead && share < 1) continue;
    const on = contrast(WHITE, accent) >= contrast(BLACK, accent) ? WHITE : BLACK;
    return { accent, strong: mix(accent, away, 0.25), on, tint };
  }
}

export const GROUNDS = { light: LIGHT, dark: DARK };

function variables({ accent, strong, on, tint }: Palette): string {
  return `--accent:${format(accent)};--accent-strong:${format(strong)};--on-accent:${format(on)};--tint:${format(tint)}`;
}

export function themeSheet(digits: string): string {
  const rule = (ground: Ground) => `.theme-${digits}{${variables(paletteOf(digits, ground))}}`;
  return `${rule(LIGHT)}\n@media (prefers-color-scheme:dark){${rule(DARK)}}\n`;
}
