/* Lingui for one page: its language's messages, compiled at build. */
import { setupI18n, type I18n, type Messages } from '@lingui/core';
import { LANGUAGES, type Language } from './languages';

/* What its dates, numbers and money follow. */
export function formatsOf(i18n: I18n): string {
  return LANGUAGES[i18n.locale as Language].formats;
}

export function makeI18n(language: Language, messages: Messages): I18n {
  return setupI18n({ locale: language, locales: [LANGUAGES[language].formats], messages: { [language]: messages } });
}
