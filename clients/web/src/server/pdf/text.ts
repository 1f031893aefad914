/*
 * Text of any language in a PDF: lines are broken where Unicode allows it (UAX 14), pieces of them put in the order in which
 * they are read (UAX 9), and each piece drawn by the first font that has its letters, which shapes it (Arabic joins).
 */
import makeBidi from 'bidi-js';
import LineBreaker from 'linebreak';

export type Weight = 'regular' | 'bold';
export type Direction = 'ltr' | 'rtl';

/* What knows how wide text is, and which of its fonts has a letter. `features` makes pdfkit shape a piece as a whole. */
export interface Fonts {
  names: readonly string[];
  has(name: string, codePoint: number): boolean;
  width(name: string, text: string, size: number): number;
}

/* One font, one direction: in the order in which its letters are said. */
export interface Piece {
  font: string;
  text: string;
  width: number;
}

/* Pieces from left to right. */
export interface Line {
  text: string;
  pieces: Piece[];
  width: number;
}

const bidi = makeBidi();
const ELLIPSIS = '…';

function isLetter(letter: string): boolean {
  return /[\p{L}\p{N}]/u.test(letter);
}

/* A blank or a comma stays with what it stands behind. */
function fontOf(letter: string, before: string | null, fonts: Fonts): string {
  const codePoint = letter.codePointAt(0) ?? 0;
  if (before && !isLetter(letter) && fonts.has(before, codePoint)) return before;
  return fonts.names.find((name) => fonts.has(name, codePoint)) ?? fonts.names[0] ?? '';
}

interface Run extends Piece {
  level: number;
}

/* From right to left: brackets are the other ones; a font turns the order of letters that it knows the script of, and no others. */
function turned(text: string): string {
  const letters = Array.from(text, (letter) => bidi.getMirroredCharacter(letter) ?? letter);
  return (letters.some(isLetter) ? letters : letters.reverse()).join('');
}

function runsOf(text: string, direction: Direction, fonts: Fonts): Run[] {
  const { levels } = bidi.getEmbeddingLevels(text, direction);
  const runs: Run[] = [];
  let at = 0;
  for (const letter of text) {
    const level = levels[at] ?? 0;
    at += letter.length;
    const last = runs.at(-1);
    const font = fontOf(letter, last?.font ?? null, fonts);
    if (last && last.level === level && last.font === font) last.text += letter;
    else runs.push({ font, level, text: letter, width: 0 });
  }
  return runs;
}

/* Rule L2: from the deepest level on, what stands together there is turned. */
function inSight(runs: Run[]): Run[] {
  const seen = [...runs];
  for (let level = Math.max(0, ...runs.map((run) => run.level)); level > 0; level--) {
    for (let from = 0; from < seen.length; from++) {
      let to = from;
      while (to < seen.length && (seen[to]?.level ?? 0) >= level) to++;
      if (to - from > 1) seen.splice(from, to - from, ...seen.slice(from, to).reverse());
      from = Math.max(from, to);
    }
  }
  return seen;
}

function lineOf(text: string, size: number, direction: Direction, fonts: Fonts): Line {
  const pieces = inSight(runsOf(text, direction, fonts)).map(({ font, level, text: said }) => {
    const shown = level % 2 === 1 ? turned(said) : said;
    return { font, text: shown, width: fonts.width(font, shown, size) };
  });
  return { text, pieces, width: pieces.reduce((sum, piece) => sum + piece.width, 0) };
}

/* The parts between which a line may end; one that is wider than a line, letter by letter. */
function partsOf(text: string, fits: (text: string) => boolean): string[] {
  const parts: string[] = [];
  const breaker = new LineBreaker(text);
  let from = 0;
  for (let end = breaker.nextBreak(); end; end = breaker.nextBreak()) {
    const part = text.slice(from, end.position);
    from = end.position;
    if (fits(part)) parts.push(part);
    else parts.push(...Array.from(new Intl.Segmenter().segment(part), ({ segment }) => segment));
  }
  return parts;
}

/* At most `most` lines; what does not go in ends with an ellipsis. */
export function wrap(text: string, width: number, size: number, most: number, direction: Direction, fonts: Fonts): Line[] {
  const plain = text.replace(/\s+/g, ' ').trim();
  const line = (words: string) => lineOf(words.trimEnd(), size, direction, fonts);
  const fits = (words: string) => line(words).width <= width;
  const lines: string[] = [];
  for (const part of partsOf(plain, fits)) {
    const last = lines.at(-1);
    if (last !== undefined && fits(last + part)) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  if (lines.length > most) {
    let last = lines[most - 1] ?? '';
    while (last && !fits(last.trimEnd() + ELLIPSIS)) last = [...last].slice(0, -1).join('');
    lines.splice(most - 1, lines.length, last.trimEnd() + ELLIPSIS);
  }
  return lines.map(line);
}
