/*
 * A hand scanner is a keyboard that types a code and Enter, fast. What is typed outside of any input is collected; a pause
 * means that it was a person.
 */

const PAUSE_MS = 500; /* a scanner by radio stutters */
const LENGTH_MIN = 4;

interface Key {
  key: string;
  timeMs: number;
}

/* Feed it keys; it answers the code that Enter completed, or null. */
export function makeWedge(): (key: Key) => string | null {
  let text = '';
  let lastMs = 0;
  return ({ key, timeMs }) => {
    if (timeMs - lastMs > PAUSE_MS) text = '';
    lastMs = timeMs;
    if (key === 'Enter') {
      const code = text;
      text = '';
      return code.length >= LENGTH_MIN ? code : null;
    }
    if (key.length === 1) text += key;
    return null;
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select') !== null;
}

/* Return: what ends it. */
export function listenToWedge(onCode: (text: string) => void): () => void {
  const feed = makeWedge();
  const onKey = (event: KeyboardEvent) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const code = feed({ key: event.key, timeMs: event.timeStamp });
    if (code === null) return;
    event.preventDefault(); /* the Enter is the scanner's, no press of the button that has the focus */
    onCode(code);
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
