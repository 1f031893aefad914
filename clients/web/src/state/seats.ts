/* The seats that the buyer has marked on the plan. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type Seats = Record<string, boolean>;

const seats = createSlice({
  name: 'seats',
  initialState: {} as Seats,
  reducers: {
    seatMarked(state, action: PayloadAction<{ id: string; marked: boolean }>) {
      state[action.payload.id] = action.payload.marked;
    },
    seatsForgotten: () => ({}),
  },
});

export const { seatMarked, seatsForgotten } = seats.actions;
export default seats.reducer;
