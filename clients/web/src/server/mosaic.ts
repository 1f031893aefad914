/*
 * A picture for an event that has none: tiles laid from its name, so that it is the same everywhere and for ever. Five by
 * nine of four shapes in one of six palettes.
 */
import { createHash } from 'node:crypto';

const PALETTES = [
  ['#17414a', '#2f7f79', '#e8b04a', '#f2ede1', '#c9553d'],
  ['#2b2d5b', '#5f5aa2', '#f0a58f', '#f4efe9', '#e9c46a'],
  ['#1e4d3b', '#6a9c78', '#f2c14e', '#f5f1e6', '#e07a5f'],
  ['#4b2142', '#9d4f6c', '#f1b6a4', '#f7efe8', '#3f8f8b'],
  ['#12355b', '#3d7ea6', '#f4d58d', '#f1f1ec', '#d1603d'],
  ['#3a3238', '#7d6b7d', '#d9c6a5', '#f3efe6', '#5c9ead'],
];

const COLUMNS = 9;
const ROWS = 5;
const SIDE = 100;

/* Bytes without end out of a name. */
function* bytesOf(seed: string): Generator<number, never> {
  for (let round = 0; ; round++) yield* createHash('sha256').update(`${seed} ${round}`).digest();
}

function shape(kind: number, x: number, y: number, fill: string): string {
  const r = SIDE;
  const arcs = [
    `M${x} ${y}h${r}a${r} ${r} 0 0 1-${r} ${r}z`,
    `M${x + r} ${y}v${r}a${r} ${r} 0 0 1-${r}-${r}z`,
    `M${x + r} ${y + r}h-${r}a${r} ${r} 0 0 1 ${r}-${r}z`,
    `M${x} ${y + r}v-${r}a${r} ${r} 0 0 1 ${r} ${r}z`,
    `M${x} ${y}h${r}L${x} ${y + r}z`,
    `M${x + r} ${y}v${r}H${x}z`,
    `M${x + r / 2} ${y}a${r / 2} ${r / 2} 0 0 1 0 ${r}a${r / 2} ${r / 2} 0 0 1 0-${r}z`,
  ];
  return `<path fill="${fill}" d="${arcs[kind % arcs.length]}"/>`;
}

export function mosaic(seed: string): string {
  const bytes = bytesOf(seed);
  const draw = () => bytes.next().value;
  const palette = PALETTES[draw() % PALETTES.length] ?? [];
  const colour = () => palette[draw() % palette.length] ?? '#000';
  let tiles = '';
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const [x, y] = [column * SIDE, row * SIDE];
      const ground = colour();
      tiles += `<path fill="${ground}" d="M${x} ${y}h${SIDE + 1}v${SIDE + 1}h-${SIDE + 1}z"/>`;
      const figure = colour();
      if (figure !== ground) tiles += shape(draw(), x, y, figure);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${COLUMNS * SIDE} ${ROWS * SIDE}" preserveAspectRatio="xMidYMid slice">${tiles}</svg>`;
}

export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path fill="#c9553d" d="M0 0h9v9H0z"/><path fill="#e8b04a" d="M11 0h4.5a4.5 4.5 0 0 1 0 9H11z"/><path fill="#2f7f79" d="M0 20a9 9 0 0 1 9-9v9z"/><path fill="#17414a" d="M11 11h9v9h-9z"/></svg>';
