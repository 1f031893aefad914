import { describe, expect, it } from 'vitest';
import { contrast, format, GROUNDS, paletteOf, THEME_PATH, themeSheet } from '../src/server/theme';

const COLOURS = ['000000', 'ffffff', 'ffcc00', '00ff00', 'ff0000', '0000ff', '808080', '0f5c63', 'f3f5f4', '172428', 'fe019a', '777777'];

describe('a theme', () => {
  it.each(COLOURS)('of #%s can be read in light and dark', (digits) => {
    for (const ground of [GROUNDS.light, GROUNDS.dark]) {
      const { accent, strong, on, tint } = paletteOf(digits, ground);
      for (const paper of [...ground.papers, tint]) {
        expect(contrast(accent, paper)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(strong, paper)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(on, accent)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(on, strong)).toBeGreaterThanOrEqual(4.5);
    }
  });
  it('keeps a colour that can be read', () => {
    expect(format(paletteOf('0f5c63', GROUNDS.light).accent)).toBe('#0f5c63');
    expect(format(paletteOf('7ad3c6', GROUNDS.dark).accent)).toBe('#7ad3c6');
  });
  it('is two rules with nothing else in them', () => {
    expect(themeSheet('ffcc00')).toMatch(/^\.theme-ffcc00\{(--[a-z-]+:#[0-9a-f]{6};?)+\}\n@media \(prefers-color-scheme:dark\)\{\.theme-ffcc00\{(--[a-z-]+:#[0-9a-f]{6};?)+\}\}\n$/);
  });
  it('has addresses of six digits', () => {
    expect(THEME_PATH.test('/theme/ffcc00.css')).toBe(true);
    for (const path of ['/theme/FFCC00.css', '/theme/fff.css', '/theme/ffcc00', '/theme/ffcc0g.css', '/theme/../ffcc00.css']) expect(THEME_PATH.test(path)).toBe(false);
  });
});
