import { Trans } from '@lingui/react/macro';
import { PickList } from './PickList';
import { ScanScreen } from './ScanScreen';
import { SignIn } from './SignIn';
import { useDoor } from './state';

export function App() {
  const stage = useDoor((door) => door.stage);
  return (
    <div className="door">
      {stage === 'opening' && <p role="status"><Trans>One moment…</Trans></p>}
      {stage === 'signIn' && <SignIn />}
      {stage === 'pick' && <PickList />}
      {stage === 'scan' && <ScanScreen />}
    </div>
  );
}
