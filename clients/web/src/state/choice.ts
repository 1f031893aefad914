/* What the buyer is about to hold on an event's page: offers to quantities. Only for sums that are shown while choosing. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type Choice = Record<string, number>;

const choice = createSlice({
  name: 'choice',
  initialState: {} as Choice,
  reducers: {
    offerChosen(state, action: PayloadAction<{ offerId: string; quantity: number }>) {
      const { offerId, quantity } = action.payload;
      if (quantity > 0) state[offerId] = quantity;
      else delete state[offerId];
    },
    choiceForgotten: () => ({}),
  },
});

export const { offerChosen, choiceForgotten } = choice.actions;
export default choice.reducer;
