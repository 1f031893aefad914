/* E-mail addresses as people type them. */

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text.trim()) && text.trim().length <= 254;
}

const USUAL = [
  'gmail.com', 'googlemail.com', 'hotmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'live.com', 'aol.com', 'proton.me',
  'protonmail.com', 'gmx.de', 'gmx.net', 'web.de', 't-online.de', 'posteo.de', 'orange.fr', 'free.fr', 'wanadoo.fr', 'laposte.net',
  'mail.com', 'mail.de', 'email.com', 'ymail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'yahoo.de', 'yahoo.fr', 'hotmail.de', 'hotmail.fr', 'live.de',
];

/* How many letters have to be put in, taken out, changed or swapped with their neighbour. */
function distance(left: string, right: string): number {
  const rows = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 0; i <= left.length; i++) {
    for (let j = 0; j <= right.length; j++) {
      const row = rows[i];
      if (!row) continue;
      if (i === 0 || j === 0) {
        row[j] = i + j;
        continue;
      }
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) row[j] = Math.min(row[j] ?? 0, at(i - 2, j - 2) + 1);
    }
  }
  return at(left.length, right.length);
}

/* The address that was probably meant ("ada@gmial.com"); null when nothing looks wrong. A hint, never a refusal. */
export function probablyMeant(text: string): string | null {
  const [name, domain] = text.trim().toLowerCase().split('@');
  if (!name || !domain || domain.length < 5 || USUAL.includes(domain)) return null;
  const near = USUAL.find((usual) => distance(domain, usual) === 1 || (usual.length > 8 && distance(domain, usual) === 2));
  return near ? `${name}@${near}` : null;
}
