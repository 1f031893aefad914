/* The door's own messages, which no buyer loads. */
import type { Messages } from '@lingui/core';
import type { Language } from './languages';

const DOOR: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import('./catalogues/en/door.po'),
  de: () => import('./catalogues/de/door.po'),
  fr: () => import('./catalogues/fr/door.po'),
  ja: () => import('./catalogues/ja/door.po'),
  ar: () => import('./catalogues/ar/door.po'),
};

export async function loadDoor(language: Language): Promise<Messages> {
  return (await DOOR[language]()).messages;
}
