/* Takes over the server's document, then lets the sagas run. */
import type { Messages } from '@lingui/core';
import { startTransition } from 'react';
import { hydrateRoot } from './hydrate';
import { BrowserRouter } from 'react-router';
import { makeClient } from './api/client';
import { BOOT_ID, Document, type Assets, type Boot } from './Document';
import { makeI18n } from './language/i18n';
import { findRoute, loadView } from './routes';
import { browserSaga } from './sagas/root';
import { clockCompared } from './state/clock';
import { pageSettled } from './state/page';
import { makeStore } from './state/store';

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function text(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

/* `messages` are those of the document's language; `takePressed` tells which button was pressed in vain, and looks for no more. */
export async function begin(messages: Messages, takePressed: () => HTMLElement | null): Promise<void> {
  const bootText = text(BOOT_ID);
  const boot = JSON.parse(bootText) as Boot;
  const { config } = boot;
  /* Mails are written in the page's language, not the browser's. */
  const headers = () => ({ 'accept-language': config.language });
  const client = makeClient({ url: '/graphql', knows: { documents: config.knowsDocuments }, headers }, { ssr: false, state: boot.apollo });
  const i18n = makeI18n(config.language, messages);
  const { store, sagas } = makeStore({ client, config, i18n, newKey }, boot.state);
  const startedMs = Date.now();
  const found = findRoute(boot.state.page.url);
  if (found) await loadView(found.route, i18n);

  let pressed: HTMLElement | null = null;

  function onAlive(): void {
    /* A page that caches keep is older than it says; who asked for his own has the server's clock. */
    if (config.exactClock) store.dispatch(clockCompared({ aheadMs: boot.state.clock.nowMs - startedMs }));
    sagas.run(browserSaga);
    const { url, state } = boot.state.page;
    store.dispatch(pageSettled({ url, state }));
    document.documentElement.dataset.alive = '';
    pressed?.click();
  }

  /* As a transition it is done in slices; else it would be one long task. */
  startTransition(() => {
    pressed = takePressed(); /* from here on React hears */
    hydrateRoot(
      document,
      <Document
        assets={JSON.parse(text('assets')) as Assets}
        bootText={bootText}
        config={config}
        client={client}
        store={store}
        i18n={i18n}
        router={(app) => <BrowserRouter basename={config.base}>{app}</BrowserRouter>}
        onAlive={onAlive}
      />,
    );
  });
}
