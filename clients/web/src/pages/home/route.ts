import { HomePageDocument, type EventFilter, type HomePageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

const FIRST = 24;

/* "2026-12-24" or nothing. */
function day(search: URLSearchParams, name: string): string | undefined {
  const value = search.get(name) ?? '';
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

function nextDay(value: string): string {
  return new Date(Date.parse(value) + 86_400_000).toISOString();
}

function text(search: URLSearchParams, name: string): string | undefined {
  return search.get(name)?.trim().slice(0, 100) || undefined;
}

export function homeVariables({ search }: Visit): HomePageQueryVariables {
  const from = day(search, 'from');
  const to = day(search, 'to');
  const wanted: EventFilter = {
    query: text(search, 'q'),
    city: text(search, 'city'),
    startsAfter: from && new Date(from).toISOString(),
    startsBefore: to && nextDay(to),
  };
  const filter = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  return { first: FIRST, after: search.get('after') || null, filter };
}

export const homeRoute: Route = {
  name: 'home',
  path: '/',
  view: async () => (await import('./HomePage')).HomePage,
  aside: true,
  sharedSeconds: 15,
  tags: () => ['home'],
  *load(visit) {
    yield* ask(HomePageDocument, homeVariables(visit));
    return { state: 'ready' };
  },
};
