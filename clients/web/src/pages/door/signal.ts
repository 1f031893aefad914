/* What is heard and felt of a verdict: for who looks at the ticket, not at the screen. */
import type { Mood } from './verdict';

/* Hertz, and seconds from the beginning to the end. */
type Tone = [hertz: number, from: number, to: number];

const TONES: Record<Mood, { wave: OscillatorType; tones: Tone[] }> = {
  good: { wave: 'sine', tones: [[880, 0, 0.09], [1320, 0.1, 0.24]] },
  wait: { wave: 'triangle', tones: [[440, 0, 0.16], [440, 0.24, 0.4]] },
  bad: { wave: 'square', tones: [[196, 0, 0.18], [147, 0.2, 0.55]] },
};

const SHAKES: Record<Mood, number[]> = { good: [60], wait: [80, 60, 80], bad: [250, 80, 250] };

let context: AudioContext | null = null;

function play(mood: Mood): void {
  context ??= new AudioContext();
  void context.resume();
  const { wave, tones } = TONES[mood];
  for (const [hertz, from, to] of tones) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = wave;
    tone.frequency.value = hertz;
    volume.gain.value = wave === 'square' ? 0.12 : 0.3;
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + from);
    tone.stop(context.currentTime + to);
  }
}

export function signal(mood: Mood): void {
  try {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[mood]);
    play(mood);
  } catch (error) {
    console.warn(`no sound: ${String(error)}`); /* the screen says it too */
  }
}
