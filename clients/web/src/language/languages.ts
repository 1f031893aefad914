/*
 * The languages that pages are written in. English has the plain addresses, the others their tag in front ("/de/e/…").
 * `formats` is what dates, numbers and money follow; Arabic pages write the digits that their codes and clocks have.
 */
export const LANGUAGES = {
  en: { name: 'English', formats: 'en-GB', dir: 'ltr' },
  de: { name: 'Deutsch', formats: 'de-DE', dir: 'ltr' },
  fr: { name: 'Français', formats: 'fr-FR', dir: 'ltr' },
  ja: { name: '日本語', formats: 'ja-JP', dir: 'ltr' },
  ar: { name: 'العربية', formats: 'ar-u-nu-latn', dir: 'rtl' },
} as const;

export type Language = keyof typeof LANGUAGES;

export const ALL = Object.keys(LANGUAGES) as Language[];

export const FIRST: Language = 'en';

export function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(LANGUAGES, text);
}

/* What stands in front of a path in that language: nothing, or "/de". */
export function prefixOf(language: Language): string {
  return language === FIRST ? '' : `/${language}`;
}

/* "/" in German is "/de". */
export function pathIn(language: Language, path: string): string {
  return language === FIRST || path !== '/' ? prefixOf(language) + path : prefixOf(language);
}

/* "/de/e/a/b?c" is "/e/a/b?c" in German. */
export function splitLanguage(url: string): { language: Language; url: string } {
  const [, tag, rest = ''] = /^\/([a-z]{2})(?=[/?]|$)(.*)$/s.exec(url) ?? [];
  if (!isLanguage(tag) || tag === FIRST) return { language: FIRST, url };
  return { language: tag, url: rest.startsWith('/') ? rest : `/${rest}` };
}
