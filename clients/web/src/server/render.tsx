/* One page view: sagas load what the page shows (and do what a form says), then it is rendered once, whole. */
import type { NormalizedCacheObject } from '@apollo/client';
import { randomBytes } from 'node:crypto';
import { renderToString } from 'react-dom/server';
import { StaticRouter } from 'react-router';
import { makeClient } from '../api/client';
import type { Server } from '../api/link';
import { Document, type Assets, type Boot } from '../Document';
import { scriptText } from '../pages/event/jsonld';
import { I18NS } from '../language/all';
import { findRoute } from '../routes';
import { serverSaga } from '../sagas/root';
import type { Config, Jar } from '../sagas/context';
import { clockSet } from '../state/clock';
import type { FormName, Values } from '../state/form';
import type { PageState } from '../state/page';
import { makeStore } from '../state/store';

export interface Rendered {
  status: number;
  /* Of a redirect; then there is no HTML. */
  location: string | null;
  html: string;
  tags: string[];
  /* Whose pages may show it in a frame. */
  ancestors: string[];
}

export interface Post {
  name: FormName;
  values: Values;
}

const STATUS: Record<PageState, number> = { loading: 500, ready: 200, missing: 404, gone: 410, failed: 503 };

/* Those whom the organizer of what is shown allows; a page of several, or of none, is for nobody's frame. */
function ancestorsOf(shown: NormalizedCacheObject): string[] {
  const organizers = Object.values(shown).filter((object) => object?.__typename === 'Organizer');
  return organizers.length === 1 ? ((organizers[0]?.embedOrigins as string[] | undefined) ?? []) : [];
}

/* `post`: a form of that page, which is sent first. `jar`: of a page that knows who is signed in. */
export async function renderPage(url: string, config: Config, server: Server, assets: Assets, post?: Post, jar?: Jar): Promise<Rendered> {
  const client = makeClient(server, { ssr: true });
  const i18n = I18NS[config.language];
  try {
    const { store, sagas } = makeStore({ client, config, i18n, newKey: () => randomBytes(16).toString('hex'), jar });
    store.dispatch(clockSet({ nowMs: Date.now() }));
    await sagas.run(serverSaga, url, post).toPromise();

    const state = store.getState();
    const location = (state.form.state === 'done' ? state.form.next : null) ?? state.page.redirect;
    if (location) return { status: post ? 303 : 307, location: location.startsWith('/') ? config.base + location : location, html: '', tags: [], ancestors: [] };
    const found = findRoute(url);
    const told = { ...config, knowsDocuments: server.knows.documents };
    const boot: Boot = { config: told, apollo: client.extract() as NormalizedCacheObject, state };
    const html = renderToString(
      <Document
        assets={assets}
        bootText={scriptText(boot)}
        config={told}
        client={client}
        store={store}
        i18n={i18n}
        router={(app) => <StaticRouter basename={config.base} location={config.base + url}>{app}</StaticRouter>}
      />,
    );
    return {
      status: state.form.state === 'refused' && state.page.state === 'ready' ? 422 : STATUS[state.page.state],
      location: null,
      html: `<!DOCTYPE html>${html}`,
      tags: found?.route.tags?.(found.visit, boot.apollo) ?? [],
      ancestors: config.embedded ? ancestorsOf(boot.apollo) : [],
    };
  } finally {
    client.stop();
  }
}
