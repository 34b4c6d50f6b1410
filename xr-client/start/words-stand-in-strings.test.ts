import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Literals of a file in which words stand beside each other, or one that begins with a capital letter. */
function wordsIn(source: string): string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^import[\s\S]*?;$/gm, '');
  const literals = [...code.matchAll(/(?<before>\w*:?\s*)(['`])(?<text>(?:\\.|(?!\2)[^\\\n])*)\2/g)];
  return literals
    .filter(({ groups }) => !/^(class|style|rootMargin):/.test(groups!['before']!.trim()))
    .map(({ groups }) => groups!['text']!.replaceAll(/\$\{[^}]*\}/g, ''))
    .filter((text) => /[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]{2,}/.test(text));
}

/** Keys, names of errors, and what HTTP says: nobody reads them. */
const NOT_SAID = new Set(['ApiFailure', 'AbortError', 'Escape', 'Enter', 'Bearer ']);

test('the start page has no words of its own: all stand in strings.ts', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => /(?<!\.test)\.ts$/.test(file));
  expect(files).toContain('start-page.ts');
  const found = files.flatMap((file) =>
    wordsIn(readFileSync(path.join(import.meta.dirname, file), 'utf8')).map((text) => `${file}: ${text}`),
  );
  expect(found.filter((one) => !NOT_SAID.has(one.slice(one.indexOf(': ') + 2)))).toEqual([]);
});

test('words would be seen', () => {
  expect(
    wordsIn("el('p', { class: 'a few names' }, 'Nothing here', `All ${n} series of it`, 'Link')"),
  ).toEqual(['Nothing here', 'All  series of it', 'Link']);
});
