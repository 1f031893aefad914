/* One store for each page view on the server, one for the life of a browser's page. */
import { combineReducers, configureStore } from '@reduxjs/toolkit';
import createSagaMiddleware, { type SagaMiddleware } from 'redux-saga';
import { useDispatch, useSelector } from 'react-redux';
import type { Context } from '../sagas/context';
import cart from './cart';
import choice from './choice';
import clock from './clock';
import consent from './consent';
import embed from './embed';
import form from './form';
import live from './live';
import page from './page';
import renewal from './renewal';
import seats from './seats';

const reducer = combineReducers({ cart, choice, clock, consent, embed, form, live, page, renewal, seats });

export type State = ReturnType<typeof reducer>;

export function makeStore(context: Context, preloadedState?: State) {
  const sagas: SagaMiddleware<Context> = createSagaMiddleware({ context });
  const store = configureStore({
    reducer,
    preloadedState,
    middleware: (defaults) => defaults({ thunk: false }).concat(sagas),
  });
  return { store, sagas };
}

export type Dispatch = ReturnType<typeof makeStore>['store']['dispatch'];

export const useAppDispatch = useDispatch.withTypes<Dispatch>();
export const useAppSelector = useSelector.withTypes<State>();
