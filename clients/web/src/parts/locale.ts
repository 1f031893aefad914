/* The language that pages are written in and formatted for. */
import { createContext, useContext } from 'react';
import type { Config } from '../sagas/context';

export const ConfigContext = createContext<Config>({ origin: '', sandbox: false, stripe: null, language: 'en', locale: 'en-GB', embedded: false, base: '', exactClock: false, knowsDocuments: true });

export function useConfig(): Config {
  return useContext(ConfigContext);
}

export function useLocale(): string {
  return useConfig().locale;
}
