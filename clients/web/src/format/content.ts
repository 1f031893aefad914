/* What a promoter wrote in several languages: which of them a page shows, and in which there is something of its own. */
import { ALL, isLanguage, type Language } from '../language/languages';

export interface Translated {
  title: string;
  description?: string | null;
  language?: string | null;
  translations: readonly { language: string; title: string; description?: string | null }[];
}

const pages = (tag: string | null | undefined) => tag?.split('-')[0]?.toLowerCase();

/* In the page's language, "pt-BR" for "pt"; else as the event itself is. `language`: null where nobody has said. */
export function contentIn(language: Language, event: Translated): { title: string; description: string | null; language: string | null } {
  const own = { title: event.title, description: event.description ?? null, language: event.language ?? null };
  if (pages(event.language) === language) return own;
  const found = event.translations.find((one) => one.language === language) ?? event.translations.find((one) => pages(one.language) === language);
  return found ? { title: found.title, description: found.description ?? null, language: found.language } : own;
}

/* The languages of pages that it exists in; all, where nobody has said which it is in. */
export function languagesOf({ language, translations }: Pick<Translated, 'language'> & { translations: readonly { language: string }[] }): readonly Language[] {
  if (!language) return ALL;
  const tags = [language, ...translations.map((one) => one.language)].map(pages);
  const found = ALL.filter((one) => isLanguage(one) && tags.includes(one));
  return found.length > 0 ? found : ALL;
}
