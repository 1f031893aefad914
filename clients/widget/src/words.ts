/*
 * What the widget says. English comes with the script; the other languages are a file each (words/, GET /w/v1/words/de), read
 * once. Where one cannot be read, the widget speaks English rather than not at all.
 */
import { isLanguage, type Language } from '../../web/src/language/languages';
import type { Words } from './say';
import { SHOP } from './shop';
import english from './words/en.json';

const READ_MS = 3000;

const known = new Map<Language, Words>([['en', english]]);

/* Of "de-AT": German; of a language that is not here: English. */
export function languageOf(locale: string): Language {
  const tag = locale.slice(0, 2).toLowerCase();
  return isLanguage(tag) ? tag : 'en';
}

/* Undefined: they have to be read first. */
export function wordsOf(language: Language): Words | undefined {
  return known.get(language);
}

export async function readWords(language: Language): Promise<Words> {
  try {
    const response = await fetch(`${SHOP}/w/v1/words/${language}`, { credentials: 'omit', signal: AbortSignal.timeout(READ_MS) });
    if (response.ok) known.set(language, (await response.json()) as Words);
  } catch {
    /* English it is. */
  }
  return known.get(language) ?? english;
}
