import { formatTime, type TimeStyle } from '../format/time';
import { useLocale } from './locale';

/* An instant at the venue's wall clock. */
export function Time({ at, style, zone, className }: { at: string; style: TimeStyle; zone: string; className?: string }) {
  const locale = useLocale();
  return (
    <time dateTime={at} className={className} suppressHydrationWarning>
      {formatTime(at, style, locale, zone)}
    </time>
  );
}
