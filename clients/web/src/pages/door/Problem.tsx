import { useLingui } from '@lingui/react/macro';
import { useDoor } from './state';

/* What went wrong with the form below it; heard at once. */
export function Problem() {
  const { t } = useLingui();
  const problem = useDoor((door) => door.problem);
  return <div role="alert">{problem && <p className="form-error">{typeof problem === 'string' ? problem : t(problem)}</p>}</div>;
}
