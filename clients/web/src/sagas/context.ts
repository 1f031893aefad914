/* What sagas work with. Given to the middleware, so that the server's and the browser's sagas are the same. */
import type { ApolloClient } from '@apollo/client';
import type { I18n } from '@lingui/core';
import { getContext } from 'typed-redux-saga';
import type { Language } from '../language/languages';

/* What the server was started with and pages need to know. */
export interface Config {
  /* "https://tickets.example", without a slash. */
  origin: string;
  /* Sandbox payments may buy on every event. */
  sandbox: boolean;
  /* Stripe takes payments: of test events, or of the others. */
  stripe: 'test' | 'live' | null;
  language: Language;
  /* Of its dates, numbers and money. */
  locale: string;
  /* In a widget's frame. */
  embedded: boolean;
  /* Before every path: "/embed" in a widget's frame, then "/de" where that is the language. */
  base: string;
  /* The page was rendered for this reader just now: its clock is right. */
  exactClock: boolean;
  /* Tessera was started with our list of documents: their ids are enough. */
  knowsDocuments: boolean;
}

/* The cookies by which a browser says who is signed in, as one request brought them; what is kept here goes into its answer. */
export interface Jar {
  readonly signedIn: boolean;
  readonly refreshToken: string | null;
  /* Null: nobody is signed in any more. */
  keep(tokens: { accessToken: string; accessExpiresAt: string; refreshToken: string; refreshExpiresAt: string } | null): void;
  /* Of a link that was asked for by mail: it signs in this browser and no other. */
  readonly browserToken: string | null;
  keepBrowserToken(token: string): void;
}

export interface Context {
  client: ApolloClient;
  config: Config;
  i18n: I18n;
  /* A key that says "this is the same attempt"; at least 22 characters, hard to guess. */
  newKey: () => string;
  /* On the server, of a page that knows who is signed in. A browser's cookies are out of reach for scripts. */
  jar?: Jar;
}

export function* useContext<Name extends keyof Context>(name: Name) {
  return yield* getContext<Context[Name]>(name);
}
