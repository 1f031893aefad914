/* The door's app: an own store and an own client beside the shop's, for it is another person who works with it. */
import './door.css';
import type { I18n } from '@lingui/core';
import type { ComponentType } from 'react';
import { Provider } from 'react-redux';
import { loadDoor } from '../../language/door';
import type { Language } from '../../language/languages';
import { makeDoorClient } from './api';
import { App } from './App';
import { doorSaga } from './sagas';
import { openSession } from './session';
import { openShelf } from './shelf';
import { makeDoorStore } from './state';

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* `i18n` is the page's, to which the door's messages are added. */
export async function makeApp(i18n: I18n): Promise<ComponentType> {
  i18n.load(i18n.locale, await loadDoor(i18n.locale as Language));
  const session = openSession();
  const shelf = await openShelf();
  const client = makeDoorClient({ url: '/graphql', knows: { documents: true }, headers: session.headers });
  const { store, sagas } = makeDoorStore({ client, i18n, newKey, shelf, session });
  sagas.run(doorSaga);
  return function DoorApp() {
    return (
      <Provider store={store}>
        <App />
      </Provider>
    );
  };
}
