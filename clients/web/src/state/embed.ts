/* Of a page that a widget opened with a wish (tickets to hold, a hold to go on with): whether that is under way. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

const embed = createSlice({
  name: 'embed',
  initialState: { starting: false },
  reducers: {
    wishStarted: (state, action: PayloadAction<boolean>) => {
      state.starting = action.payload;
    },
  },
});

export const { wishStarted } = embed.actions;
export default embed.reducer;
