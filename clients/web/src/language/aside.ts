/* What pages say that are no step of a sale (lingui.config.ts). */
import { more } from './more';

export const addAside = more({
  en: () => import('./catalogues/en/aside.po'),
  de: () => import('./catalogues/de/aside.po'),
  fr: () => import('./catalogues/fr/aside.po'),
  ja: () => import('./catalogues/ja/aside.po'),
  ar: () => import('./catalogues/ar/aside.po'),
});
