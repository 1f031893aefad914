/* One text of the widget's, in a language. */
import type { Language } from '../../web/src/language/languages';
import type english from './words/en.json';

/* A text, or texts by plural category (CLDR's); values stand in braces. */
export type Words = Record<keyof typeof english, string | Partial<Record<Intl.LDMLPluralRule, string>>>;

/* Of texts by category it is the one for `values.count`. */
export function say(words: Words, language: Language, name: keyof Words, values: Record<string, string | number> = {}): string {
  const found = words[name];
  const text = typeof found === 'string' ? found : (found[new Intl.PluralRules(language).select(Number(values.count))] ?? found.other ?? '');
  return text.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key]));
}
