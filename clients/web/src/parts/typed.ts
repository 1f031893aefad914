import type { FormName } from '../state/form';
import { useAppSelector } from '../state/store';

/* What was typed before the form came back; more time for a hold, or the same anew, is a step of its checkout. */
export function useTyped(form: FormName, name: string): string | undefined {
  return useAppSelector((state) => (state.form.name === form || state.form.name === 'renew' ? state.form.values[name] : undefined));
}
