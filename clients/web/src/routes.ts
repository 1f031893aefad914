/*
 * The pages: for each its address, what it loads before it is rendered, what it is told of while it is shown, and for how
 * long anybody may keep it. Server and browser read the same table.
 */
import type { ApolloClient, NormalizedCacheObject } from '@apollo/client';
import type { I18n } from '@lingui/core';
import type { DocumentNode } from 'graphql';
import type { ComponentType } from 'react';
import { matchPath } from 'react-router';
import type { SagaGenerator } from 'typed-redux-saga';
import { addAside } from './language/aside';
import { accountRoute } from './pages/account/route';
import { checkoutRoute } from './pages/checkout/route';
import { doorRoute } from './pages/door/route';
import { eventRoute } from './pages/event/route';
import { homeRoute } from './pages/home/route';
import { legalRoute } from './pages/legal/route';
import { orderRoute } from './pages/order/route';
import { organizerRoute } from './pages/organizer/route';
import { queueRoute } from './pages/queue/route';
import { seatsRoute } from './pages/seats/route';
import { ticketRoute } from './pages/ticket/route';
import { ticketsRoute } from './pages/tickets/route';
import type { OwnForms } from './sagas/form';
import type { ShopForm } from './state/form';
import type { PageState } from './state/page';

/* One look at one page. */
export interface Visit {
  url: string;
  path: string;
  params: Record<string, string>;
  search: URLSearchParams;
}

export type View = ComponentType<{ visit: Visit }>;

export interface Settled {
  state: PageState;
  redirect?: string;
}

export interface Live {
  document: DocumentNode;
  variables: Record<string, unknown>;
  /* When what is shown changes by time alone: then it is read again. */
  moments: number[];
}

export interface Route {
  name: string;
  /* As react-router writes them. */
  path: string;
  /* A file of its own for browsers, which get only what they look at. */
  view: (i18n: I18n) => Promise<View>;
  /* Its words are not among the shop's (lingui.config.ts). */
  aside?: true;
  load: (visit: Visit) => SagaGenerator<Settled>;
  /* For how many seconds a shared cache may keep it; 0: nobody may, it is somebody's own. */
  sharedSeconds: number;
  /* What it shows, as names by which a cache can be told to drop it. */
  tags?: (visit: Visit, shown: NormalizedCacheObject) => string[];
  live?: (visit: Visit, client: ApolloClient) => Live | null;
  /* It works with the camera, and decodes in WebAssembly; no other page may. */
  uses?: 'camera';
  /* The forms that may be posted to it. */
  forms?: ShopForm[];
  /* Or: forms that no other page has, nor loads. */
  ownForms?: () => Promise<OwnForms>;
  /* It knows who is signed in. */
  personal?: true;
}

export const routes: readonly Route[] = [homeRoute, organizerRoute, legalRoute, eventRoute, seatsRoute, queueRoute, checkoutRoute, orderRoute, ticketRoute, ticketsRoute, accountRoute, doorRoute];

export interface Found {
  route: Route;
  visit: Visit;
}

function match(url: string): Found | null {
  const { pathname, searchParams } = new URL(url, 'http://here');
  for (const route of routes) {
    const matched = matchPath(route.path, pathname);
    if (!matched) continue;
    const params = matched.params as Record<string, string>;
    return { route, visit: { url, path: pathname, params, search: searchParams } };
  }
  return null;
}

let last: { url: string; found: Found | null } | null = null;

/* `url` is path and query. Null: there is no such page. All that look at one page ask in turn, so the last answer is kept. */
export function findRoute(url: string): Found | null {
  if (last?.url !== url) last = { url, found: match(url) };
  return last.found;
}

const views = new Map<Route, View>();

export async function loadView(route: Route, i18n: I18n): Promise<void> {
  const [view] = await Promise.all([views.get(route) ?? route.view(i18n), route.aside && addAside(i18n)]);
  views.set(route, view);
}

/* Undefined: it has not been loaded. */
export function viewOf(route: Route): View | undefined {
  return views.get(route);
}
