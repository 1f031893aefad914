/*
 * The whole HTML document, rendered on the server and taken over in the browser as it is. The boot state is data, not a
 * script: a policy without inline scripts holds.
 */
import type { ApolloClient, NormalizedCacheObject } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import type { I18n } from '@lingui/core';
import { LinguiContext } from '@lingui/react';
import { useEffect, useMemo, type ReactNode } from 'react';
import { Provider } from 'react-redux';
import { App } from './App';
import { LANGUAGES } from './language/languages';
import { ConfigContext } from './parts/locale';
import type { Config } from './sagas/context';
import type { makeStore, State } from './state/store';

export const BOOT_ID = 'boot';

export interface Boot {
  config: Config;
  apollo: NormalizedCacheObject;
  state: State;
}

/* What a page is made of beside its HTML. */
export interface Assets {
  script: string;
  styles: string[];
  fonts: string[];
}

export interface DocumentProps {
  assets: Assets;
  /* Of the boot element: JSON in which no "<" is left. */
  bootText: string;
  config: Config;
  client: ApolloClient;
  store: ReturnType<typeof makeStore>['store'];
  i18n: I18n;
  router: (app: ReactNode) => ReactNode;
  /* In the browser, once it has taken the document over; nothing that a page shows may change before. */
  onAlive?: () => void;
}

export function Document({ assets, bootText, config, client, store, i18n, router, onAlive }: DocumentProps) {
  useEffect(() => onAlive?.(), [onAlive]);
  /* Another language is another document, so nothing has to hear of a change. */
  const lingui = useMemo(() => ({ i18n, _: i18n.t }), [i18n]);
  return (
    <html lang={config.language} dir={LANGUAGES[config.language].dir}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f3f5f4" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#10191c" media="(prefers-color-scheme: dark)" />
        <meta name="referrer" content="same-origin" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        {assets.fonts.map((font) => (
          <link key={font} rel="preload" href={font} as="font" type="font/woff2" crossOrigin="anonymous" />
        ))}
        {assets.styles.map((style) => (
          <link key={style} rel="stylesheet" href={style} />
        ))}
        <script type="module" src={assets.script} async fetchPriority="low" />
      </head>
      <body>
        <ConfigContext.Provider value={config}>
          <Provider store={store}>
            <ApolloProvider client={client}>
              <LinguiContext value={lingui}>{router(<App />)}</LinguiContext>
            </ApolloProvider>
          </Provider>
        </ConfigContext.Provider>
        <script type="application/json" id={BOOT_ID} dangerouslySetInnerHTML={{ __html: bootText }} suppressHydrationWarning />
        <script type="application/json" id="assets" dangerouslySetInnerHTML={{ __html: JSON.stringify(assets) }} suppressHydrationWarning />
      </body>
    </html>
  );
}
