/* The time that pages show: the server's when it rendered, then the browser's, moved by what they differ. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export interface Clock {
  nowMs: number;
  /* What the server's clock is ahead of the browser's. */
  aheadMs: number;
  /* Whether anybody but the server has ticked it: until then nothing that depends on the reader is shown. */
  ticking: boolean;
}

const initialState: Clock = { nowMs: 0, aheadMs: 0, ticking: false };

const clock = createSlice({
  name: 'clock',
  initialState,
  reducers: {
    clockSet(state, action: PayloadAction<{ nowMs: number }>) {
      state.nowMs = action.payload.nowMs;
    },
    clockCompared(state, action: PayloadAction<{ aheadMs: number }>) {
      state.aheadMs = action.payload.aheadMs;
    },
    clockTicked(state, action: PayloadAction<{ nowMs: number }>) {
      state.nowMs = action.payload.nowMs + state.aheadMs;
      state.ticking = true;
    },
  },
});

export const { clockSet, clockCompared, clockTicked } = clock.actions;
export default clock.reducer;
