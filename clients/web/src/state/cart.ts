/* The hold that this browser's tab has open, so that each page can show the way back to it. The token is the right to it. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export interface Cart {
  token: string;
  expiresAt: string;
  count: number;
}

const cart = createSlice({
  name: 'cart',
  initialState: null as Cart | null,
  reducers: {
    cartOpened: (_state, action: PayloadAction<Cart>) => action.payload,
    cartClosed: () => null,
  },
});

export const { cartOpened, cartClosed } = cart.actions;
export default cart.reducer;
