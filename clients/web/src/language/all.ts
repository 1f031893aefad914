/* Every language at once, for the server: one instance each, which no page changes. */
import type { I18n } from '@lingui/core';
import { messages as arAccount } from './catalogues/ar/account.po';
import { messages as arAside } from './catalogues/ar/aside.po';
import { messages as ar } from './catalogues/ar/shop.po';
import { messages as deAccount } from './catalogues/de/account.po';
import { messages as deAside } from './catalogues/de/aside.po';
import { messages as de } from './catalogues/de/shop.po';
import { messages as enAccount } from './catalogues/en/account.po';
import { messages as enAside } from './catalogues/en/aside.po';
import { messages as en } from './catalogues/en/shop.po';
import { messages as frAccount } from './catalogues/fr/account.po';
import { messages as frAside } from './catalogues/fr/aside.po';
import { messages as fr } from './catalogues/fr/shop.po';
import { messages as jaAccount } from './catalogues/ja/account.po';
import { messages as jaAside } from './catalogues/ja/aside.po';
import { messages as ja } from './catalogues/ja/shop.po';
import { makeI18n } from './i18n';
import type { Language } from './languages';

export const I18NS: Record<Language, I18n> = {
  en: makeI18n('en', { ...enAccount, ...enAside, ...en }),
  de: makeI18n('de', { ...deAccount, ...deAside, ...de }),
  fr: makeI18n('fr', { ...frAccount, ...frAside, ...fr }),
  ja: makeI18n('ja', { ...jaAccount, ...jaAside, ...ja }),
  ar: makeI18n('ar', { ...arAccount, ...arAside, ...ar }),
};
