/*
 * Tickets on A4, one a page: large enough to be read on a telephone's screen, where the page is as wide as the hand. Each page
 * is tagged, and says beside its shapes what they mean (ActualText), for who has it read aloud.
 */
import PDFDocument from 'pdfkit';
import { wrap, type Direction, type Fonts, type Line, type Weight } from './text';

export interface PrintedTicket {
  organizer: string;
  title: string;
  when: string;
  doors: string | null;
  where: string | null;
  name: string | null;
  kind: string;
  /* The order's number and which ticket of it this is; that it is a test. */
  order: string;
  note: string;
  qr: { path: string; size: number; alt: string };
}

export interface Print {
  title: string;
  language: string;
  direction: Direction;
  tickets: PrintedTicket[];
}

/* Files of fonts, most wanted first. */
export type FontFiles = Record<Weight, readonly { name: string; read: () => Buffer }[]>;

const [WIDTH, HEIGHT] = [595.28, 841.89];
const MARGIN = 54;
const CODE = 272;
const INK = '#16181d';
const SOFT = '#5b6170';
const LEADING = 1.28;
const ASCENT = 0.97; /* of a line's height above what letters stand on, in its size */

type Document = InstanceType<typeof PDFDocument>;

/* As pdfkit's typings say it, but for what they leave out. */
interface Shaper {
  font: { hasGlyphForCodePoint(codePoint: number): boolean };
  widthOfString(text: string, size: number, features: string[]): number;
}

/* Fonts are read when a letter wants them: that of Japanese has five megabytes. */
function fontsOf(doc: Document, files: FontFiles, weight: Weight): Fonts {
  const opened = new Map<string, Shaper>();
  const shaperOf = (name: string): Shaper => {
    const known = opened.get(name);
    if (known) return known;
    const file = files[weight].find((one) => one.name === name);
    if (!file) throw new Error(`there is no font ${name}`);
    doc.registerFont(`${name}-${weight}`, file.read());
    const shaper = (doc.font(`${name}-${weight}`) as unknown as { _font: Shaper })._font;
    opened.set(name, shaper);
    return shaper;
  };
  return {
    names: files[weight].map(({ name }) => name),
    has: (name, codePoint) => shaperOf(name).font.hasGlyphForCodePoint(codePoint),
    width: (name, text, size) => shaperOf(name).widthOfString(text, size, []),
  };
}

interface Style {
  size: number;
  weight: Weight;
  colour: string;
  most: number;
}

const STYLES = {
  organizer: { size: 13, weight: 'regular', colour: SOFT, most: 1 },
  title: { size: 27, weight: 'bold', colour: INK, most: 3 },
  when: { size: 16, weight: 'bold', colour: INK, most: 2 },
  where: { size: 14, weight: 'regular', colour: INK, most: 3 },
  name: { size: 22, weight: 'bold', colour: INK, most: 2 },
  kind: { size: 16, weight: 'regular', colour: INK, most: 2 },
  order: { size: 13, weight: 'regular', colour: SOFT, most: 1 },
  note: { size: 11, weight: 'regular', colour: SOFT, most: 2 },
} satisfies Record<string, Style>;

class Page {
  private y = MARGIN;
  private readonly structure: PDFKit.PDFStructureElement;

  constructor(
    private readonly doc: Document,
    private readonly fonts: Record<Weight, Fonts>,
    private readonly direction: Direction,
    title: string,
  ) {
    doc.addPage({ size: 'A4', margin: 0 });
    this.structure = doc.struct('Sect', { title });
    doc.addStructure(this.structure);
  }

  private draw(line: Line, { size, weight, colour }: Style) {
    let x = this.direction === 'rtl' ? WIDTH - MARGIN - line.width : MARGIN;
    const baseline = this.y + size * ASCENT;
    for (const { font, text, width } of line.pieces) {
      this.doc.font(`${font}-${weight}`).fontSize(size).fillColor(colour);
      this.doc.text(text, x, baseline, { lineBreak: false, features: [], baseline: 'alphabetic' } as PDFKit.Mixins.TextOptions);
      x += width;
    }
    this.y += size * LEADING;
  }

  text(text: string | null, name: keyof typeof STYLES, gap = 0) {
    if (!text) return;
    const style: Style = STYLES[name];
    const lines = wrap(text, WIDTH - 2 * MARGIN, style.size, style.most, this.direction, this.fonts[style.weight]);
    this.y += gap;
    this.structure.add(this.doc.struct(name === 'title' ? 'H1' : 'P', { actual: text }, () => lines.forEach((line) => this.draw(line, style))));
  }

  /* One square of the code is a whole number of points, so that paper and screens have sharp edges. */
  code({ path, size, alt }: PrintedTicket['qr'], gap: number) {
    const scale = CODE / size;
    const [x, y] = [(WIDTH - CODE) / 2, this.y + gap];
    const figure = this.doc.struct('Figure', { alt }, () => {
      this.doc.save().rect(x, y, CODE, CODE).fill('#fff');
      this.doc.translate(x, y).scale(scale).path(path).fill('#000').restore();
    });
    this.structure.add(figure);
    this.y = y + CODE;
  }

  line() {
    this.y = HEIGHT - MARGIN - 2 * STYLES.note.size * LEADING - 12;
    this.doc.markContent('Artifact', { type: 'Layout' });
    this.doc.moveTo(MARGIN, this.y).lineTo(WIDTH - MARGIN, this.y).lineWidth(0.75).stroke('#c9ccd4');
    this.doc.endMarkedContent();
  }

  end() {
    this.structure.end();
  }
}

function drawTicket(page: Page, ticket: PrintedTicket) {
  page.text(ticket.organizer, 'organizer');
  page.text(ticket.title, 'title', 4);
  page.text(ticket.when, 'when', 10);
  page.text(ticket.doors, 'where', 2);
  page.text(ticket.where, 'where', 2);
  page.code(ticket.qr, 18);
  page.text(ticket.name, 'name', 18);
  page.text(ticket.kind, 'kind', 4);
  page.text(ticket.order, 'order', 6);
  page.line();
  page.text(ticket.note, 'note', 10);
  page.end();
}

export async function printTickets(print: Print, files: FontFiles): Promise<Buffer> {
  const { title, language, direction, tickets } = print;
  const doc = new PDFDocument({ autoFirstPage: false, font: null, lang: language, tagged: true, displayTitle: true, pdfVersion: '1.7', info: { Title: title } } as unknown as PDFKit.PDFDocumentOptions);
  const fonts = { regular: fontsOf(doc, files, 'regular'), bold: fontsOf(doc, files, 'bold') };
  for (const ticket of tickets) drawTicket(new Page(doc, fonts, direction, ticket.title), ticket);
  doc.end();
  return Buffer.concat((await doc.toArray()) as Buffer[]);
}
