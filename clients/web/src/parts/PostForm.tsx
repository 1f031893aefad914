import type { FormEvent, ReactNode } from 'react';
import { formSent, type FormName, type Values } from '../state/form';
import { useAppDispatch } from '../state/store';
import { useConfig } from './locale';

/*
 * A form that works twice: posted by the browser to our server, or, once the page is alive, sent by a saga. Both run the
 * same saga on the same names and values.
 */
export function PostForm(props: { name: FormName; action: string; className?: string; children: ReactNode }) {
  const dispatch = useAppDispatch();
  const { base } = useConfig();
  const { name, action, className, children } = props;

  function send(event: FormEvent<HTMLFormElement>) {
    /* The sagas do not hear yet: the browser posts it, as where there are no scripts. */
    if (document.documentElement.dataset.alive === undefined) return;
    event.preventDefault();
    const submitter = (event.nativeEvent as SubmitEvent).submitter;
    const fields = new FormData(event.currentTarget, submitter);
    const values = Object.fromEntries([...fields].map(([field, value]) => [field, String(value)])) as Values;
    dispatch(formSent({ name: (values.form as FormName | undefined) ?? name, url: action, values }));
  }

  return (
    <form method="post" action={base + action} className={className} onSubmit={send} noValidate>
      <input type="hidden" name="form" value={name} />
      {children}
    </form>
  );
}
