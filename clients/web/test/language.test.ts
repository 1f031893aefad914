/* Every language says everything, and nothing is said past the catalogues. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { ALL, FIRST, pathIn, splitLanguage } from '../src/language/languages';
import { say, type Words } from '../../widget/src/say';

const ROOT = join(import.meta.dirname, '..');
const WORDS = join(ROOT, '../widget/src/words');

interface Message {
  id: string;
  text: string;
}

const quoted = (lines: string) => [...lines.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => JSON.parse(`"${text}"`) as string).join('');

function messagesOf(language: string, name: string): Message[] {
  const entries = readFileSync(join(ROOT, `src/language/catalogues/${language}/${name}.po`), 'utf8').split('\n\n').slice(1);
  return entries.map((entry) => {
    const [, id = '', text = ''] = /^msgid ((?:".*"\n?)+)msgstr ((?:".*"\n?)+)/m.exec(entry) ?? [];
    return { id: quoted(id), text: quoted(text) };
  });
}

/* What of a message is filled in: names, numbers, tags. */
const filled = (text: string) => [...new Set(text.match(/\{\w+(?=[,}])|<\/?\d+\/?>/g))].sort();

/* The categories that count: French has "many" for millions, which are written as others. */
const categories = (language: string) => new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((one) => one !== 'many' || language !== 'fr');

describe('catalogues', () => {
  it('have what the sources say, in every language', { timeout: 60_000 }, () => {
    const check = (...words: string[]) => execFileSync('lingui', ['check', ...words], { cwd: ROOT, encoding: 'utf8' });
    expect(check('sync', '--workers', '1')).toContain('PASS');
    expect(check('missing')).toContain('PASS');
  });
  it.each(ALL.flatMap((language) => [`${language}/shop`, `${language}/aside`, `${language}/account`, `${language}/door`]))('%s fills in the same as English', (path) => {
    const [language = '', name = ''] = path.split('/');
    const messages = messagesOf(language, name);
    expect(messages.length).toBeGreaterThan(50);
    for (const { id, text } of messages) {
      expect(filled(text), id).toEqual(filled(id));
      if (!id.includes(', plural,')) continue;
      for (const category of categories(language)) expect(text, id).toContain(`${category} {`);
    }
  });
});

interface Node {
  type: string;
  [key: string]: unknown;
}

const SHOWN = new Set(['alt', 'aria-label', 'description', 'hint', 'label', 'placeholder', 'title']);
const BRAND = /^Tessera$/;

function isText(value: unknown): boolean {
  return typeof value === 'string' && /\p{L}{2}/u.test(value) && !BRAND.test(value.trim());
}

/* Texts in JSX that are no message: between tags, in attributes that people read, and as literals that are drawn. */
function rawTexts(node: unknown, inMessage: boolean, found: string[]): string[] {
  if (Array.isArray(node)) for (const one of node) rawTexts(one, inMessage, found);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return found;
  const { type, ...rest } = node as Node;
  if (type === 'JSXText' && !inMessage && isText(rest.value)) found.push(String(rest.value).trim());
  if (type === 'JSXAttribute') {
    const name = String((rest.name as Node).name);
    const value = rest.value as Node | null;
    if (SHOWN.has(name) && value?.type === 'Literal' && isText(value.value)) found.push(`${name}="${String(value.value)}"`);
    if (name === 'className' || name === 'id' || name === 'style' || value?.type === 'Literal') return found;
  }
  if (type === 'JSXElement') {
    const name = String(((rest.openingElement as Node).name as Node).name);
    const isMessage = inMessage || name === 'Trans' || name === 'Plural';
    for (const child of rest.children as Node[]) {
      const drawn = child.type === 'JSXExpressionContainer' ? (child.expression as Node) : null;
      for (const literal of drawn && !isMessage ? literalsOf(drawn) : []) found.push(literal);
      rawTexts(child, isMessage, found);
    }
    return rawTexts((rest.openingElement as Node).attributes, inMessage, found);
  }
  for (const value of Object.values(rest)) rawTexts(value, inMessage, found);
  return found;
}

/* Literals that an expression may come to. */
function literalsOf(node: Node): string[] {
  if (node.type === 'Literal') return isText(node.value) ? [String(node.value)] : [];
  if (node.type === 'ConditionalExpression') return [node.consequent as Node, node.alternate as Node].flatMap(literalsOf);
  if (node.type === 'LogicalExpression') return [node.left as Node, node.right as Node].flatMap(literalsOf);
  if (node.type !== 'TemplateLiteral') return [];
  return (node.quasis as { value: { raw: string } }[]).map(({ value }) => value.raw).filter(isText);
}

describe('components', () => {
  it.each(globSync('src/**/*.tsx', { cwd: ROOT }))('%s says nothing past the catalogues', (path) => {
    const { program } = parseSync(path, readFileSync(join(ROOT, path), 'utf8'));
    expect(rawTexts(program, false, [])).toEqual([]);
  });
  it('are seen through', () => {
    const raw = (jsx: string) => rawTexts(parseSync('a.tsx', `const a = ${jsx}`).program, false, []);
    expect(raw('<p>Hello</p>')).toEqual(['Hello']);
    expect(raw('<p>{on ? "Yes" : <Trans>No</Trans>}</p>')).toEqual(['Yes']);
    expect(raw('<p>{on && `Gate ${gate}`}</p>')).toEqual(['Gate ']);
    expect(raw('<Field label="Name" />')).toEqual(['label="Name"']);
    expect(raw('<p className="lead">{" · "}<Trans>Hello <b>you</b></Trans></p>')).toEqual([]);
  });
});

describe('addresses', () => {
  it('have the language in front', () => {
    expect(splitLanguage('/de/e/a/b?c=d')).toEqual({ language: 'de', url: '/e/a/b?c=d' });
    expect(splitLanguage('/ar')).toEqual({ language: 'ar', url: '/' });
    expect(splitLanguage('/ja?q=x')).toEqual({ language: 'ja', url: '/?q=x' });
  });
  it('have nothing in front in English, nor before what is no language', () => {
    for (const url of ['/', '/e/de/fr', '/en/e/a/b', '/xx', '/design', '/de-AT/e/a/b']) expect(splitLanguage(url)).toEqual({ language: FIRST, url });
  });
  it('come back', () => {
    for (const language of ALL) for (const url of ['/', '/e/a/b']) expect(splitLanguage(pathIn(language, url))).toEqual({ language, url });
  });
});

describe('the widget', () => {
  const wordsOf = (language: string) => JSON.parse(readFileSync(join(WORDS, `${language}.json`), 'utf8')) as Words;
  const english = wordsOf('en');
  it.each(ALL)('says the same in %s', (language) => {
    const words = wordsOf(language);
    expect(Object.keys(words)).toEqual(Object.keys(english));
    for (const [name, text] of Object.entries(words)) {
      const original = english[name as keyof Words];
      expect(typeof text, name).toBe(typeof original);
      if (typeof text === 'string') expect(filled(text), name).toEqual(filled(original as string));
      else for (const category of categories(language)) expect(text[category], `${name} ${category}`).toMatch(/./);
    }
  });
  it('counts as the language does', () => {
    expect([0, 1, 2, 3, 11].map((count) => say(wordsOf('ar'), 'ar', 'count', { count }))).toEqual(['لا تذاكر', 'تذكرة واحدة', 'تذكرتان', '3 تذاكر', '11 تذكرة']);
    expect(say(english, 'en', 'kept', { count: 2, time: '12:00' })).toBe('2 tickets are kept for you until 12:00.');
  });
});
