/* Which page of the account an address is. */
import { useLayoutEffect, type ComponentType } from 'react';
import { AccountDocument } from '../../graphql/account/generated/graphql';
import { Loading } from '../../parts/Loading';
import { rememberSignedIn } from '../../parts/signedIn';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { ChangeEmail, ChangePassword, Passkey } from './Change';
import { AcceptInvitation, ConfirmEmail, ForgotPassword, ResetPassword, SignUp, UndoEmail, VerifyEmail } from './Links';
import { Overview, type OwnProps } from './Overview';
import { Arrived, Provider } from './Provider';
import { SecondFactor } from './SecondFactor';
import { SignIn, Welcome } from './SignIn';

/* For who is signed in. */
const OWN: Record<string, ComponentType<OwnProps>> = {
  '': Overview,
  password: ChangePassword,
  email: ChangeEmail,
  'second-factor': SecondFactor,
  passkey: Passkey,
  provider: Provider,
  'change-email': ConfirmEmail,
  'accept-invitation': AcceptInvitation,
};

const OTHERS: Record<string, ComponentType<{ visit: Visit }>> = {
  'sign-in': SignIn,
  'sign-up': SignUp,
  'forgot-password': ForgotPassword,
  'verify-email': VerifyEmail,
  'reset-password': ResetPassword,
  'undo-email-change': UndoEmail,
  welcome: Welcome,
  link: Arrived,
};

function Own({ visit, view: View }: { visit: Visit; view: ComponentType<OwnProps> }) {
  const data = useShown(AccountDocument, {});
  const viewer = data?.viewer;
  const isIn = viewer !== undefined && viewer !== null;
  /* Before the header looks. */
  useLayoutEffect(() => {
    if (isIn) rememberSignedIn(true);
  }, [isIn]);
  return viewer ? <View visit={visit} viewer={viewer} providers={data.providers} /> : <Loading />;
}

/* Shown to who is signed out, or the server would have sent him on. */
function SignedOut({ visit }: { visit: Visit }) {
  useLayoutEffect(() => rememberSignedIn(false), []);
  return <SignIn visit={visit} />;
}

export function AccountPage({ visit }: { visit: Visit }) {
  const name = visit.params['*'] ?? '';
  const own = OWN[name];
  if (own) return <Own visit={visit} view={own} key={name} />;
  const Other = name === 'sign-in' ? SignedOut : OTHERS[name];
  return Other ? <Other visit={visit} key={name} /> : null;
}
