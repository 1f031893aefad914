/* What is not as it was in a hold that was made anew: the buyer is shown it before he pays. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { RenewHoldMutation } from '../graphql/generated/graphql';

export type Change = RenewHoldMutation['renewHold']['changes'][number];

export interface Renewal {
  /* Of the hold that ended. */
  was: string;
  changes: Change[];
}

const renewal = createSlice({
  name: 'renewal',
  initialState: null as Renewal | null,
  reducers: {
    holdRenewed: (_state, action: PayloadAction<Renewal>) => action.payload,
    renewalForgotten: () => null,
  },
});

export const { holdRenewed, renewalForgotten } = renewal.actions;
export default renewal.reducer;
