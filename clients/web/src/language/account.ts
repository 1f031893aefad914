/* The account's own messages, which no buyer loads. */
import { more } from './more';

export const addAccount = more({
  en: () => import('./catalogues/en/account.po'),
  de: () => import('./catalogues/de/account.po'),
  fr: () => import('./catalogues/fr/account.po'),
  ja: () => import('./catalogues/ja/account.po'),
  ar: () => import('./catalogues/ar/account.po'),
});
