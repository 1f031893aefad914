/* Instants as people read them: at the venue's wall clock unless said otherwise. Formatters are kept, making one is slow. */
const formatters = new Map<string, Intl.DateTimeFormat>();

const STYLES = {
  day: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  weekday: { weekday: 'long' },
  full: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  clock: { hour: '2-digit', minute: '2-digit' },
  moment: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  month: { month: 'short' },
  date: { day: 'numeric' },
  zone: { timeZoneName: 'short', hour: '2-digit' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

export type TimeStyle = keyof typeof STYLES;

function formatter(locale: string, timeZone: string | undefined, style: TimeStyle): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${style}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone });
    formatters.set(key, found);
  }
  return found;
}

/* `timeZone` left out: the reader's own, which only his browser knows. */
export function formatTime(instant: string, style: TimeStyle, locale: string, timeZone?: string): string {
  return formatter(locale, timeZone, style).format(new Date(instant));
}

/* "GMT+1", or the zone's own letters where the locale has them. */
export function zoneName(instant: string, locale: string, timeZone: string): string {
  const parts = formatter(locale, timeZone, 'zone').formatToParts(new Date(instant));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone;
}

/* 754 -> "12:34"; hours come in front when there are any, and days in words of that locale. */
export function formatCountdown(seconds: number, locale: string): string {
  const left = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(left / 86_400);
  const hours = Math.floor(left / 3600) % 24;
  const minutes = Math.floor(left / 60) % 60;
  const clock = `${two(minutes)}:${two(left % 60)}`;
  if (days > 0) return `${new Intl.NumberFormat(locale, { style: 'unit', unit: 'day' }).format(days)} ${two(hours)}:${clock}`;
  return hours > 0 ? `${hours}:${clock}` : `${minutes}:${two(left % 60)}`;
}
