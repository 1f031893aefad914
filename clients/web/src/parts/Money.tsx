import { Trans } from '@lingui/react/macro';
import { formatMoney, isZero, type Amount } from '../format/money';
import { useLocale } from './locale';

/* An amount as text; nothing to pay is a word. Browsers may write it in another way than the server: that is kept. */
export function Money({ money, free = true }: { money: Amount; free?: boolean }) {
  const locale = useLocale();
  return (
    <span className="money" suppressHydrationWarning>
      {free && isZero(money) ? <Trans context="price">Free</Trans> : formatMoney(money, locale)}
    </span>
  );
}
