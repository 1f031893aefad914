import { call } from 'typed-redux-saga';
import type { Route } from '../../routes';

const own = () => import('./own');

export const accountRoute: Route = {
  name: 'account',
  path: '/account/*',
  async view(i18n) {
    const { addAccount, AccountPage } = await own();
    await addAccount(i18n);
    return AccountPage;
  },
  sharedSeconds: 0,
  personal: true,
  ownForms: async () => (await own()).FORMS,
  *load(visit) {
    const { load } = yield* call(own);
    return yield* load(visit);
  },
};
