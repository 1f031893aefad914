/* What the door's screen shows. What has to outlive it lies on the shelf. */
import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { ApolloClient } from '@apollo/client';
import type { I18n, MessageDescriptor } from '@lingui/core';
import createSagaMiddleware from 'redux-saga';
import { useDispatch, useSelector } from 'react-redux';
import type { CheckInDirection, DoorListsQuery } from '../../graphql/door/generated/graphql';
import type { DoorList, Guest, Result } from './rules';
import type { Session } from './session';
import type { Shelf } from './shelf';

type Membership = NonNullable<DoorListsQuery['viewer']>['memberships'][number];
export type Organizer = Membership['organizer'];

/* away: nobody answers. locked: who signed in is not believed any more. */
export type Network = 'here' | 'away' | 'locked';

export interface Verdict {
  /* The scan's nonce. */
  id: string;
  result: Result;
  direction: CheckInDirection;
  /* Decided by this device alone. */
  offline: boolean;
  name: string | null;
  type: string | null;
  seat: string | null;
  /* "Used 19:42 at gate B", or what the server said. */
  detail: string | null;
  atMs: number;
  /* By which it can be undone; null: nobody passed, or the server does not know yet. */
  passed: { checkInId: string; ticket: string } | null;
}

/* Who was looked for. `offline`: among those that this device has kept. */
export interface Search {
  query: string;
  guests: Guest[];
  offline: boolean;
}

export interface Door {
  stage: 'opening' | 'signIn' | 'pick' | 'scan';
  /* Something was sent, and the form waits. */
  busy: boolean;
  /* The first step of signing in is done: for the second one. */
  challenge: string | null;
  /* Of the form that is shown; text is the server's own. */
  problem: string | MessageDescriptor | null;
  organizers: Organizer[];
  list: DoorList | null;
  gate: string;
  direction: CheckInDirection;
  network: Network;
  counts: { expected: number; inside: number } | null;
  waiting: { count: number; refused: number; syncedAtMs: number | null; conflicts: number };
  /* This browser can verify signatures itself; null: not known yet. */
  verifies: boolean | null;
  verdict: Verdict | null;
  /* The last ones, newest first. */
  log: Verdict[];
  /* Null: nobody is looked for. */
  search: Search | null;
}

const LOG_MAX = 8;

const initialState: Door = {
  stage: 'opening',
  busy: false,
  challenge: null,
  problem: null,
  organizers: [],
  list: null,
  gate: '',
  direction: 'ENTRY',
  network: 'here',
  counts: null,
  waiting: { count: 0, refused: 0, syncedAtMs: null, conflicts: 0 },
  verifies: null,
  verdict: null,
  log: [],
  search: null,
};

export type Credentials =
  | { kind: 'account'; email: string; password: string }
  | { kind: 'code'; challenge: string; code: string }
  | { kind: 'token'; token: string }
  | { kind: 'pairing'; code: string };

const door = createSlice({
  name: 'door',
  initialState,
  reducers: {
    signInSent(state, _action: PayloadAction<Credentials>) {
      state.busy = true;
      state.problem = null;
    },
    signInWanted(state) {
      state.stage = 'signIn';
      state.busy = false;
      state.challenge = null;
      state.problem = null;
    },
    codeWanted(state, action: PayloadAction<string>) {
      state.busy = false;
      state.challenge = action.payload;
    },
    signOutSent(state) {
      state.busy = true;
    },
    listsWanted(state) {
      state.stage = 'pick';
      state.busy = true;
      state.challenge = null;
      state.problem = null;
    },
    listsRead(state, action: PayloadAction<Organizer[]>) {
      state.busy = false;
      state.organizers = action.payload;
    },
    listPicked(state, _action: PayloadAction<{ listId: string }>) {
      state.busy = true;
      state.problem = null;
    },
    listOpened(state, action: PayloadAction<DoorList>) {
      if (state.list?.id !== action.payload.id) {
        state.log = [];
        state.search = null;
        state.counts = null;
        state.direction = 'ENTRY';
      }
      state.stage = 'scan';
      state.busy = false;
      state.problem = null;
      state.list = action.payload;
    },
    failed(state, action: PayloadAction<string | MessageDescriptor>) {
      state.busy = false;
      state.problem = action.payload;
    },
    gateNamed(state, action: PayloadAction<string>) {
      state.gate = action.payload;
    },
    directionTurned(state, action: PayloadAction<CheckInDirection>) {
      state.direction = action.payload;
    },
    networkChanged(state, action: PayloadAction<Network>) {
      state.network = action.payload;
    },
    syncWanted: () => undefined,
    countsRead(state, action: PayloadAction<{ expected: number; inside: number }>) {
      state.counts = action.payload;
    },
    waitingCounted(state, action: PayloadAction<{ count: number; refused: number }>) {
      state.waiting = { ...state.waiting, ...action.payload };
    },
    synced(state, action: PayloadAction<{ atMs: number; conflicts: number }>) {
      state.waiting.syncedAtMs = action.payload.atMs;
      state.waiting.conflicts += action.payload.conflicts;
    },
    verifierFound(state, action: PayloadAction<boolean>) {
      state.verifies = action.payload;
    },
    codeScanned: (_state, _action: PayloadAction<string>) => undefined,
    guestsWanted(state, action: PayloadAction<string>) {
      if (!action.payload.trim()) state.search = null;
    },
    guestsFound(state, action: PayloadAction<Search>) {
      state.search = action.payload;
    },
    guestPicked: (_state, _action: PayloadAction<Guest>) => undefined,
    undoWanted: (_state, _action: PayloadAction<Verdict>) => undefined,
    undone(state, action: PayloadAction<string>) {
      for (const verdict of state.log) if (verdict.id === action.payload) verdict.passed = null;
    },
    verdictGiven(state, action: PayloadAction<Verdict>) {
      state.verdict = action.payload;
      state.log = [action.payload, ...state.log].slice(0, LOG_MAX);
    },
    verdictClosed(state) {
      state.verdict = null;
    },
  },
});

export const {
  signInSent,
  signInWanted,
  codeWanted,
  signOutSent,
  listsWanted,
  listsRead,
  listPicked,
  listOpened,
  failed,
  gateNamed,
  directionTurned,
  networkChanged,
  syncWanted,
  countsRead,
  waitingCounted,
  synced,
  verifierFound,
  codeScanned,
  guestsWanted,
  guestsFound,
  guestPicked,
  undoWanted,
  undone,
  verdictGiven,
  verdictClosed,
} = door.actions;

/* What the door's sagas work with; `client`, `i18n` and `newKey` as the shop's. */
export interface DoorContext {
  client: ApolloClient;
  i18n: I18n;
  newKey: () => string;
  shelf: Shelf;
  session: Session;
}

export function makeDoorStore(context: DoorContext) {
  const sagas = createSagaMiddleware({ context });
  const store = configureStore({
    reducer: door.reducer,
    middleware: (defaults) => defaults({ thunk: false }).concat(sagas),
  });
  return { store, sagas };
}

type Dispatch = ReturnType<typeof makeDoorStore>['store']['dispatch'];

export const useDoorDispatch = useDispatch.withTypes<Dispatch>();
export const useDoor = useSelector.withTypes<Door>();
