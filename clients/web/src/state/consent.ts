/* Which of the organizer's texts the checkout shows, by their hashes: what the buyer agrees to is what he sees. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export interface Texts {
  /* Null: the organizer wrote none, or this browser has no means to tell (format/hash.ts). */
  termsHash: string | null;
  privacyHash: string | null;
}

const initialState: Texts = { termsHash: null, privacyHash: null };

const consent = createSlice({
  name: 'consent',
  initialState,
  reducers: { textsShown: (_state, action: PayloadAction<Texts>) => action.payload },
});

export const { textsShown } = consent.actions;
export default consent.reducer;
