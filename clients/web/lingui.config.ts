import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

/*
 * Four catalogues for each language: the shop's, with what every page and a sale say; that of the pages which are no step of a sale, and
 * the account's, which come with them; the door's. `npm run words` brings them up to date. Found from
 * wherever a test begins.
 */
const places = (name: string) => `<rootDir>/src/language/catalogues/{locale}/${name}`;
const aside = ['home', 'legal', 'organizer', 'queue', 'seats', 'ticket', 'tickets'].map((page) => `src/pages/${page}/`).concat('src/server/');
const account = 'src/pages/account/';
const door = 'src/pages/door/';
const page = `${door}DoorPage.tsx`; /* is shown before the door's app comes */

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de', 'fr', 'ja', 'ar'],
  catalogs: [
    { path: places('shop'), include: ['src/', page], exclude: [`${door}!(DoorPage).ts*`, ...[...aside, account].map((folder) => `${folder}*`), '**/generated/**'] },
    { path: places('aside'), include: aside },
    { path: places('account'), include: [account] },
    { path: places('door'), include: [door], exclude: [page] },
  ],
  format: formatter({ lineNumbers: false }),
});
