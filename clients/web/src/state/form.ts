/*
 * The form that was sent last: by the browser after hydration, by the server for a plain HTML post. Values are kept
 * when it was refused, so nothing is typed twice.
 */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type ShopForm = 'hold' | 'join' | 'leave' | 'checkout' | 'pay' | 'renew' | 'release' | 'cancel';

export type AccountForm =
  | 'signUp' | 'verifyEmail' | 'signIn' | 'secondStep' | 'requestLink' | 'signInByLink' | 'signInByPasskey' | 'requestReset' | 'resetPassword'
  | 'signOut' | 'signOutEverywhere' | 'endSession' | 'changePassword' | 'requestEmail' | 'confirmEmail' | 'undoEmail' | 'acceptInvitation'
  | 'startTotp' | 'confirmTotp' | 'removeTotp' | 'renewCodes' | 'addPasskey' | 'renamePasskey' | 'removePasskey'
  | 'startLink' | 'linkProvider' | 'unlinkProvider';

export type FormName = ShopForm | AccountForm;

/* Names of inputs to what was typed; every value is text. */
export type Values = Record<string, string>;

export interface FormError {
  /* Name of the input; null: of the form as a whole. */
  field: string | null;
  code: string;
  message: string;
}

export interface Form {
  name: FormName | null;
  state: 'idle' | 'sending' | 'refused' | 'answered' | 'done';
  values: Values;
  errors: FormError[];
  /* Where to go once it is done. */
  next: string | null;
  /* Or to somebody else's page, to pay there: without scripts `next` leads on to it. */
  away: string | null;
  /* What came of it instead, to be shown: it is the page's next step. */
  answer: Values | null;
}

const initialState: Form = { name: null, state: 'idle', values: {}, errors: [], next: null, away: null, answer: null };

/* Passwords and codes are typed again: they are in no page's state. */
function withoutSecrets(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !/password|^code$/i.test(name)));
}

const form = createSlice({
  name: 'form',
  initialState,
  reducers: {
    formSent(state, action: PayloadAction<{ name: FormName; url: string; values: Values }>) {
      const { name } = action.payload;
      /* Having a hold made anew is a step of its checkout. */
      const values = name === 'renew' ? { ...state.values, ...action.payload.values } : withoutSecrets(action.payload.values);
      return { ...initialState, name, state: 'sending', values };
    },
    formRefused(state, action: PayloadAction<FormError[]>) {
      state.state = 'refused';
      state.errors = action.payload;
    },
    formAnswered(state, action: PayloadAction<Values>) {
      state.state = 'answered';
      state.answer = action.payload;
    },
    formDone(state, action: PayloadAction<{ next: string; away?: string | null }>) {
      state.state = 'done';
      state.next = action.payload.next;
      state.away = action.payload.away ?? null;
    },
    formForgotten: (state) => (state.name === 'renew' ? { ...initialState, name: state.name, values: state.values } : initialState),
  },
});

export const { formSent, formRefused, formAnswered, formDone, formForgotten } = form.actions;
export default form.reducer;
