import { useEffect, useState } from 'react';
import type { FormName } from '../state/form';
import { FieldErrors, useInvalid } from './FormErrors';
import { useTyped } from './typed';

interface FieldProps {
  form: FormName;
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password';
  autoComplete: string;
  hint?: string;
  /* Before anything was typed. */
  initial?: string;
  required?: boolean;
  onText?: (text: string) => void;
}

/* One input with its label, what was typed before, and what is wrong with it. */
export function Field({ form, name, label, type = 'text', autoComplete, hint, initial = '', required, onText }: FieldProps) {
  const kept = useTyped(form, name);
  const invalid = useInvalid(form, name);
  const id = `${form}-${name}`;
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        name={name}
        type={type}
        defaultValue={kept ?? initial}
        autoComplete={autoComplete}
        required={required}
        maxLength={254}
        dir="auto"
        {...(hint && { 'aria-describedby': `${id}-hint` })}
        {...invalid}
        onInput={(event) => onText?.(event.currentTarget.value)}
      />
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FieldErrors form={form} field={name} />
    </div>
  );
}

/* True once the page is alive: what needs a script is shown only then. */
export function useAlive(): boolean {
  const [alive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  return alive;
}
