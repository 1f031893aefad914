/* What the account's pages load, and who may see them. */
import type { SagaGenerator } from 'typed-redux-saga';
import { AccountDocument, SignInPageDocument, type SignInPageQueryVariables } from '../../graphql/account/generated/graphql';
import type { Settled, Visit } from '../../routes';
import { pathOf } from './paths';
import { askOwn } from './session';

/* "own": for who is signed in; "guest": for who is not; "link": for who has a link or comes back by one, whoever he is. */
const PAGES: Record<string, 'own' | 'guest' | 'link'> = {
  '': 'own',
  password: 'own',
  email: 'own',
  'second-factor': 'own',
  passkey: 'own',
  provider: 'own',
  'accept-invitation': 'own',
  'change-email': 'own',
  'sign-in': 'guest',
  'sign-up': 'guest',
  'forgot-password': 'guest',
  'verify-email': 'link',
  'reset-password': 'link',
  'undo-email-change': 'link',
  welcome: 'link',
  link: 'link',
};

/* From an organizer's pages (`?organizer=`) his own providers are offered, too. */
export function signInVariables({ search }: Visit): SignInPageQueryVariables {
  return { organizer: search.get('organizer') };
}

export function* load(visit: Visit): SagaGenerator<Settled> {
  const kind = PAGES[visit.params['*'] ?? ''];
  if (!kind) return { state: 'missing' };
  if (kind === 'link') return { state: 'ready' };
  if (kind === 'guest') {
    const { viewer } = yield* askOwn(SignInPageDocument, signInVariables(visit));
    return { state: 'ready', ...(viewer && { redirect: pathOf(visit.search.get('next')) }) };
  }
  const { viewer } = yield* askOwn(AccountDocument, {});
  /* The owner's token is no account; nor does it come in a cookie. An account may be without an address. */
  if (!viewer?.id.startsWith('usr_')) return { state: 'ready', redirect: `/account/sign-in?next=${encodeURIComponent(visit.url)}` };
  return { state: 'ready' };
}
