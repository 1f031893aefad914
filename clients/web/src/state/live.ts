/* Whether the page is told of changes at this moment. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type Live = 'off' | 'on' | 'lost';

const live = createSlice({
  name: 'live',
  initialState: 'off' as Live,
  reducers: { liveChanged: (_state, action: PayloadAction<Live>) => action.payload },
});

export const { liveChanged } = live.actions;
export default live.reducer;
