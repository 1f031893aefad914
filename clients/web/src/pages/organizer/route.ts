import { OrganizerPageDocument, type OrganizerPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

export function organizerVariables({ params, search }: Visit): OrganizerPageQueryVariables {
  return { slug: params.organizer ?? '', first: 24, after: search.get('after') || null };
}

export const organizerRoute: Route = {
  name: 'organizer',
  path: '/o/:organizer',
  view: async () => (await import('./OrganizerPage')).OrganizerPage,
  aside: true,
  sharedSeconds: 15,
  tags: ({ params }) => [`organizer/${params.organizer}`],
  *load(visit) {
    const data = yield* ask(OrganizerPageDocument, organizerVariables(visit));
    return { state: data.organizer ? 'ready' : 'missing' };
  },
};
