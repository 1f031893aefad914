/* All that the account's pages are, as one file: whoever looks at none of them loads none of it. */
export { addAccount } from '../../language/account';
export { AccountPage } from './AccountPage';
export { FORMS } from './forms';
export { load } from './load';
