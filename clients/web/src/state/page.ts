/* Which page is shown, and what became of asking for its data. The data itself lies in Apollo's cache. */
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type PageState = 'loading' | 'ready' | 'missing' | 'gone' | 'failed';

export interface Page {
  /* Path and query, as the address bar has them. */
  url: string;
  state: PageState;
  /* Another address is right: the browser goes there, the server redirects. */
  redirect: string | null;
  /* Of a private page: the key of the one payment that may come of this look at it. */
  attempt: string;
}

const initialState: Page = { url: '', state: 'loading', redirect: null, attempt: '' };

const page = createSlice({
  name: 'page',
  initialState,
  reducers: {
    pageRequested(_state, action: PayloadAction<{ url: string }>) {
      return { url: action.payload.url, state: 'loading', redirect: null, attempt: '' };
    },
    pageSettled(state, action: PayloadAction<{ url: string; state: PageState; redirect?: string; attempt?: string }>) {
      if (state.url !== action.payload.url) return;
      state.state = action.payload.state;
      state.redirect = action.payload.redirect ?? null;
      state.attempt = action.payload.attempt ?? state.attempt;
    },
  },
});

export const { pageRequested, pageSettled } = page.actions;
export default page.reducer;
