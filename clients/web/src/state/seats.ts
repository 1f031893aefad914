/* The seats that the buyer has marked on the plan, with their names: what was marked in one section is not loaded in the next. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export interface MarkedSeat {
  id: string;
  section: string;
  row: string;
  number: string;
}

/* Null: it was marked, and is not any more. */
export type Seats = Record<string, MarkedSeat | null>;

const seats = createSlice({
  name: 'seats',
  initialState: {} as Seats,
  reducers: {
    seatMarked(state, { payload: { id, section, row, number } }: PayloadAction<MarkedSeat>) {
      state[id] = { id, section, row, number };
    },
    seatUnmarked(state, action: PayloadAction<string>) {
      state[action.payload] = null;
    },
    seatsForgotten: () => ({}),
  },
});

export const { seatMarked, seatUnmarked, seatsForgotten } = seats.actions;
export default seats.reducer;
