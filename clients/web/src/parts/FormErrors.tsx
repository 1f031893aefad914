import { Plural } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import type { FormName } from '../state/form';
import { useAppSelector } from '../state/store';

export function errorId(form: FormName, field: string): string {
  return `error-${form}-${field}`;
}

function useErrors(form: FormName) {
  return useAppSelector((state) => (state.form.name === form ? state.form.errors : null));
}

/* What is wrong with one input, beside it. */
export function FieldErrors({ form, field }: { form: FormName; field: string }) {
  const errors = useErrors(form)?.filter((error) => error.field === field) ?? [];
  if (errors.length === 0) return null;
  return (
    <p className="field-error" id={errorId(form, field)}>
      {errors.map((error) => error.message).join(' ')}
    </p>
  );
}

/* For an input: which text says what is wrong with it. */
export function useInvalid(form: FormName, field: string) {
  const isInvalid = useErrors(form)?.some((error) => error.field === field);
  return isInvalid ? { 'aria-invalid': true as const, 'aria-describedby': errorId(form, field) } : {};
}

/*
 * What is wrong with the whole; when only inputs are wrong, that some are. It takes the focus, so it is heard
 * and seen. `all`: those of inputs are said here too, for an input may be gone by now.
 */
export function FormErrors({ form, all }: { form: FormName; all?: boolean }) {
  const errors = useErrors(form) ?? [];
  const box = useRef<HTMLDivElement>(null);
  const whole = errors.filter((error) => all || error.field === null);
  useEffect(() => {
    if (errors.length > 0) box.current?.focus();
  }, [errors]);
  if (errors.length === 0) return null;
  return (
    <div className="form-error" role="alert" tabIndex={-1} ref={box}>
      {whole.map((error) => (
        <p key={error.message}>{error.message}</p>
      ))}
      {whole.length === 0 && (
        <p>
          <Plural value={errors.length} one="Please look at the field marked below." other="Please look at the # fields marked below." />
        </p>
      )}
    </div>
  );
}
