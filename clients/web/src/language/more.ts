/* Messages beside the shop's, which come with the pages that say them. */
import type { I18n, Messages } from '@lingui/core';
import type { Language } from './languages';

/* Adds those of a page's language to what is there, once; nothing on the server, which has all. */
export function more(catalogues: Record<Language, () => Promise<{ messages: Messages }>>): (i18n: I18n) => Promise<void> {
  const added = new WeakSet<I18n>();
  return async (i18n) => {
    if (import.meta.env.SSR || added.has(i18n)) return;
    i18n.load(i18n.locale, (await catalogues[i18n.locale as Language]()).messages);
    added.add(i18n);
  };
}
