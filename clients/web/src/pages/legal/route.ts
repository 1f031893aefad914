import { LegalPageDocument, type LegalPageQueryVariables } from '../../graphql/generated/graphql';
import type { Route, Visit } from '../../routes';
import { ask } from '../../sagas/ask';

export function legalVariables({ params }: Visit): LegalPageQueryVariables {
  return { slug: params.organizer ?? '' };
}

export const legalRoute: Route = {
  name: 'legal',
  path: '/o/:organizer/:text',
  view: async () => (await import('./LegalPage')).LegalPage,
  aside: true,
  sharedSeconds: 60,
  tags: ({ params }) => [`organizer/${params.organizer}`],
  *load(visit) {
    if (!['imprint', 'privacy', 'terms'].includes(visit.params.text ?? '')) return { state: 'missing' };
    const { organizer } = yield* ask(LegalPageDocument, legalVariables(visit));
    return { state: organizer ? 'ready' : 'missing' };
  },
};
