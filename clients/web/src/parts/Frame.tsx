import { useEffect, useState, type ReactNode } from 'react';
import { Plural, Trans } from '@lingui/react/macro';
import { Link, useLocation } from 'react-router';
import { formatCountdown } from '../format/time';
import { useAppSelector } from '../state/store';
import { LanguageLinks } from './LanguageLinks';
import { useConfig, useLocale } from './locale';
import { wasSignedIn } from './signedIn';

/* Four tiles of a mosaic. */
function Logo() {
  return (
    <svg className="logo" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path className="logo-a" d="M0 0h9v9H0z" />
      <path className="logo-b" d="M11 0h4.5a4.5 4.5 0 0 1 0 9H11z" />
      <path className="logo-c" d="M0 20a9 9 0 0 1 9-9v9z" />
      <path className="logo-d" d="M11 11h9v9h-9z" />
    </svg>
  );
}

/* The way back to the places that are kept, with the time that is left. */
function CartLink() {
  const cart = useAppSelector((state) => state.cart);
  const clock = useAppSelector((state) => state.clock);
  const locale = useLocale();
  const { pathname } = useLocation();
  const left = cart ? (Date.parse(cart.expiresAt) - clock.nowMs) / 1000 : 0;
  if (!cart || !clock.ticking || left <= 0 || pathname.startsWith('/checkout/')) return null;
  return (
    <Link className="cart-link" to={`/checkout/${cart.token}`}>
      <span className="for-ears">
        <Trans>Your cart:</Trans>{' '}
      </span>
      <Plural value={cart.count} one="# ticket" other="# tickets" />
      <span className="cart-link-time" aria-hidden="true">
        {formatCountdown(left, locale)}
      </span>
    </Link>
  );
}

/* The page says the same to everybody; a script knows better. It leads to where the server knows. */
function AccountLink() {
  const { base } = useConfig();
  const { pathname } = useLocation();
  const [isIn, setIn] = useState(false);
  useEffect(() => setIn(wasSignedIn()), [pathname]);
  return (
    <a className="account-link" href={`${base}/account`}>
      {isIn ? <Trans>My account</Trans> : <Trans>Sign in</Trans>}
    </a>
  );
}

/* What is around every page. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#main">
        <Trans>Skip to content</Trans>
      </a>
      <header className="top">
        <div className="top-inner">
          <Link className="brand" to="/">
            <Logo />
            Tessera
          </Link>
          <div className="top-links">
            <CartLink />
            <AccountLink />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="bottom">
        <div className="bottom-inner">
          <p>
            <Trans>Tickets are sold by the organizer named with each event.</Trans>
          </p>
          <p>
            <Link to="/">
              <Trans>All events</Trans>
            </Link>
          </p>
          <p>
            <Link to="/tickets">
              <Trans>My tickets</Trans>
            </Link>
          </p>
          <LanguageLinks />
        </div>
      </footer>
    </>
  );
}
