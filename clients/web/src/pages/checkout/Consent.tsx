import { Trans, useLingui } from '@lingui/react/macro';
import { useConfig } from '../../parts/locale';
import { useTyped } from '../../parts/typed';
import { useAppSelector } from '../../state/store';
import type { ShownHold } from './Summary';

/* Readable where one buys; where the organizer wrote nothing, the page that says what holds then. */
function LegalText({ title, text, path }: { title: string; text: string | null; path: string }) {
  const { base } = useConfig();
  if (!text)
    return (
      <p>
        <a href={base + path} target="_blank" rel="noopener">
          {title}
        </a>
      </p>
    );
  return (
    <details className="consent-text">
      <summary>{title}</summary>
      <p className="legal-text" dir="auto">
        {text}
      </p>
    </details>
  );
}

/* What the order is placed on, before it is placed; and what the buyer may allow beside. Which texts these are goes with the form. */
export function Consent({ organizer }: { organizer: ShownHold['event']['organizer'] }) {
  const { t } = useLingui();
  const { base } = useConfig();
  const shown = useAppSelector((state) => state.consent);
  const kept = useTyped('checkout', 'marketing');
  const path = `/o/${organizer.slug}`;
  return (
    <fieldset className="consent">
      <legend className="step-title">
        <Trans>What you agree to</Trans>
      </legend>
      <p>
        <Trans>
          You buy from <span dir="auto">{organizer.name}</span>. With your order you agree to its terms, and you have seen how it uses your data.
        </Trans>
      </p>
      <LegalText title={t`Terms of sale and refunds`} text={organizer.terms} path={`${path}/terms`} />
      <LegalText title={t`Privacy notice`} text={organizer.privacy} path={`${path}/privacy`} />
      <p>
        <a href={`${base}${path}/imprint`} target="_blank" rel="noopener">
          <Trans>Imprint</Trans>
        </a>
      </p>
      <input type="hidden" name="termsHash" value={shown.termsHash ?? ''} />
      <input type="hidden" name="privacyHash" value={shown.privacyHash ?? ''} />
      <label className="consent-choice">
        <input type="checkbox" name="marketing" value="yes" defaultChecked={kept === 'yes'} />
        <span>
          <Trans>
            <span dir="auto">{organizer.name}</span> may write to me about other events. This is up to you.
          </Trans>
        </span>
      </label>
    </fieldset>
  );
}
