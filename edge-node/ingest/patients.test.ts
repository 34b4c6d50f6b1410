import { expect, test } from 'vitest';
import { sliceHeader } from '../../test/fixtures/dicom-folder.ts';
import { describeStudies } from './describe.ts';
import { countPatients, otherPatient } from './patients.ts';
import { planSeries } from './plan.ts';

const who = (number: string, name = '') => ({
  '00100010': { vr: 'PN', Value: name ? [{ Alphabetic: name }] : [] },
  '00100020': { vr: 'LO', Value: number ? [number] : [] },
});
const objects = (...people: readonly ReturnType<typeof who>[]) => people.map((header) => ({ header }));

test('patients are told apart by their numbers, by names only where there are none', () => {
  expect(countPatients(objects(who('1', 'A^B'), who('1', 'A^C'), who('', 'D')))).toBe(1);
  expect(countPatients(objects(who('1'), who(' 1 '), who('2')))).toBe(2);
  expect(countPatients(objects(who('', 'Doe^John'), who('', 'DOE^JOHN^^'), who('')))).toBe(1);
  expect(countPatients(objects(who('', 'Doe^John'), who('', 'Roe^Jane')))).toBe(2);
  expect(countPatients(objects(who(''), who('')))).toBe(0);
});

test('a row names another patient where its number or its whole name is another', () => {
  const differs = (row: ReturnType<typeof who>, ...people: readonly ReturnType<typeof who>[]): boolean =>
    otherPatient(row, objects(...people)).length > 0;
  expect(differs(who('1', 'Doe^Jane'), who('1', 'DOE^JANE^^'), who('1', ''))).toBe(false);
  expect(differs(who('1', 'Doe^Jane'), who('', 'Doe^Jane^Maria'))).toBe(false);
  expect(differs(who('1', 'Müller^Eva'), who('1', 'MULLER^EVA'), who('1', 'M\uFFFDLLER^EVA'))).toBe(false);
  expect(differs(who('', ''), who('1', 'Doe^Jane'))).toBe(false);
  expect(differs(who('1', 'Doe^Jane'), who('', ''))).toBe(false);
  expect(differs(who('1', 'Doe^Jane'))).toBe(false);
  // A name that was put right within the study.
  expect(differs(who('1', 'Doe^Jane'), who('1', 'Deo^Jane'), who('1', 'Doe^Jane'))).toBe(false);
  expect(differs(who('1', 'Doe^Jane'), who('2', 'Doe^Jane'))).toBe(true);
  expect(differs(who('1', 'Doe^Jane'), who('1', 'Doe^John'))).toBe(true);
  expect(differs(who('', 'Doe^Jane'), who('', 'Roe^Jane'))).toBe(true);
});

test('a series of two patients says so, whoever opens it, and nobody is named', () => {
  const slices = [0, 1, 2, 3].map((k) =>
    sliceHeader({ position: [0, 0, 2 * k], number: k + 1, more: who(k < 3 ? 'P1' : 'P2', 'Secret^Name') }),
  );
  const { problems } = planSeries({ instances: slices, quarantine: [], problems: [] });
  expect(problems.map(({ code }) => code)).toEqual(['source-mismatch']);
  expect(problems[0]!.text).toContain('2 different patients');
  const [study] = describeStudies(slices, [], 0).studies;
  expect(study!.patient).toEqual({ name: '', id: '', birthDate: '' });
  expect(study!.series[0]!.problems.filter(({ code }) => code === 'source-mismatch')).toHaveLength(1);
  expect(JSON.stringify(study!.series)).not.toMatch(/Secret|P1|P2/);
});

test('two series of a study that are of two patients: each says it', () => {
  const mine = sliceHeader({ position: [0, 0, 0], more: who('P1', 'One') });
  const other = sliceHeader({ position: [0, 0, 0], series: '2.25.99', more: who('P2', 'Two') });
  const [study] = describeStudies([mine, other], [], 0).studies;
  expect(study!.patient.name).toBe('');
  for (const series of study!.series)
    expect(series.problems.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('images of this study name 2 different patients'),
    );
  const [alone] = describeStudies([mine], [], 0).studies;
  expect(alone!.patient.name).toBe('One');
  expect(alone!.series[0]!.problems.map(({ code }) => code)).not.toContain('source-mismatch');
});
