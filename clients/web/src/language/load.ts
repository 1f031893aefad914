/* One language's messages for the browser, each a file of its own: a page gets those it is written in. */
import type { Messages } from '@lingui/core';
import { FIRST, isLanguage, type Language } from './languages';

const SHOP: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import('./catalogues/en/shop.po'),
  de: () => import('./catalogues/de/shop.po'),
  fr: () => import('./catalogues/fr/shop.po'),
  ja: () => import('./catalogues/ja/shop.po'),
  ar: () => import('./catalogues/ar/shop.po'),
};

/* Of the document that is shown. */
export async function loadShop(): Promise<Messages> {
  const { lang } = document.documentElement;
  return (await SHOP[isLanguage(lang) ? lang : FIRST]()).messages;
}
