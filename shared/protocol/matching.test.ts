import { expect, test } from 'vitest';
import { readMatching } from './matching.ts';

test('dates are days or months; everything else is of a name or an ID', () => {
  const day = (date: string) => ({ from: date, to: date });
  expect(readMatching('2026-03-14')).toEqual({ words: '', span: day('20260314') });
  expect(readMatching(' 14.3.2026 ')).toEqual({ words: '', span: day('20260314') });
  expect(readMatching('2024-02')).toEqual({ words: '', span: { from: '20240201', to: '20240229' } });
  expect(readMatching('2.2023')).toEqual({ words: '', span: { from: '20230201', to: '20230228' } });
  expect(readMatching('doe 2026-03-14 jane')).toEqual({ words: 'doe jane', span: day('20260314') });
  // A number alone may be an ID, and a date that is none is not made into one.
  for (const text of ['20260314', '2024', '31.2.2024', '2024-13', '03/04/2024'])
    expect(readMatching(text)).toEqual({ words: text, span: null });
});

test('what would mean something else to an archive is left out; too little is not asked for', () => {
  expect(readMatching('d*o?e\\^x')).toEqual({ words: 'd o e x', span: null });
  for (const text of ['', ' ', '*', '**', 'a', '?a*']) expect(readMatching(text)).toBeNull();
  expect(readMatching('x'.repeat(500))!.words).toHaveLength(64);
});
