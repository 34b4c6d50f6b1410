/** `anteroom studies`: what a source holds. Names and birth dates of patients are not printed. */
import { parseArgs } from 'node:util';
import type { Listing, SeriesEntry } from '../../shared/volume.ts';
import { openSource } from '../ingest/index.ts';
import { FailureError, UsageError } from './errors.ts';
import { usableHome } from './home-folder.ts';
import { openProgressLine } from './progress-line.ts';

const HELP = `anteroom studies --source embedded|DIR|URL [options]

  --source S        the embedded patient, a folder of DICOM files, or a DICOMweb root
  --fhir URL        a FHIR server that says where the images are
  --token-file F    bearer token for the archive (or ANTEROOM_TOKEN, ANTEROOM_BASIC)
  --verify          decode every object too (a folder always is)
  --json            the listing as JSON

Lists studies and series with their kind, size, spacing, phases and problems; what could not be read is listed apart,
and so is where an archive may hold more studies than it gave.`;

/** The listing as contracts say it; nothing of the patient. */
export function listingJson(listing: Listing): object {
  const series = (entry: SeriesEntry): object => ({
    seriesInstanceUid: entry.seriesInstanceUid,
    sopClassUid: entry.sopClassUid,
    modality: entry.modality,
    kind: entry.kind,
    dims: entry.dims,
    spacingMm: entry.spacingMm,
    phases: entry.phases,
    volumes: entry.volumes,
    transferSyntax: entry.transferSyntax,
    problems: entry.problems,
  });
  return {
    studies: listing.studies.map((study) => ({
      studyInstanceUid: study.studyInstanceUid,
      series: study.series.map(series),
    })),
    quarantine: listing.quarantine,
    ignored: listing.ignored,
    // Only where there is something to say: who knows the three above alone loses nothing otherwise.
    ...(listing.problems && listing.problems.length > 0 ? { problems: listing.problems } : {}),
  };
}

const short = (n: number): string => String(Number(n.toFixed(3)));

function row(entry: SeriesEntry): string[] {
  return [
    entry.modality || '-',
    entry.kind,
    entry.dims ? entry.dims.join('x') : `${entry.instances} objects`,
    entry.spacingMm ? `${entry.spacingMm.map(short).join(' ')} mm` : '',
    entry.phases !== null && entry.phases > 1 ? `${entry.phases} phases` : '',
    entry.description,
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((w, r) => r.map((cell, i) => Math.max(w[i] ?? 0, cell.length)), []);
  return rows.map((r) =>
    r
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

/** For people: a study, its series in columns, problems below the series they concern. */
export function listingText(listing: Listing): string {
  const lines: string[] = [];
  for (const study of listing.studies) {
    lines.push(`study ${study.studyInstanceUid}  ${study.date}  ${study.description}`.trimEnd());
    const table = aligned(study.series.map(row));
    study.series.forEach((entry, i) => {
      lines.push(`  ${table[i]}`, `      series ${entry.seriesInstanceUid}`);
      for (const volume of entry.volumes.length > 1 ? entry.volumes : [])
        lines.push(
          `      volume ${volume.id}: ${volume.dims.join('x')}, ${volume.spacingMm.map(short).join(' ')} mm`,
        );
      for (const problem of entry.problems) lines.push(`      ! ${problem.text}`);
    });
    lines.push('');
  }
  const { quarantine, ignored, problems = [] } = listing;
  if (quarantine.length > 0) {
    lines.push(`${quarantine.length} object${quarantine.length === 1 ? '' : 's'} could not be used:`);
    for (const record of quarantine) lines.push(`  ${record.object}: ${record.reason}`);
  }
  if (ignored > 0) lines.push(`${ignored} file${ignored === 1 ? ' is' : 's are'} no DICOM object.`);
  for (const problem of problems) lines.push(`! ${problem.text}`);
  return lines.join('\n').trimEnd();
}

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string' },
      fhir: { type: 'string' },
      'token-file': { type: 'string' },
      verify: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const spec = values.source;
  if (!spec) throw new UsageError('--source is missing: embedded, a folder, or the URL of a DICOMweb root.');
  // The embedded patient is made and kept there.
  if (spec === 'embedded') usableHome();
  const line = openProgressLine();
  try {
    await using source = await openSource(spec, {
      fhir: values.fhir,
      tokenFile: values['token-file'],
      signal,
      progress: line.progress,
    });
    const folder = spec !== 'embedded' && !/^https?:/i.test(spec);
    const listing = await source.list({
      verify: values.verify || folder,
      signal,
      progress: line.progress,
    });
    line.clear();
    if (listing.studies.length + listing.quarantine.length + listing.ignored === 0)
      throw new FailureError(
        'empty',
        listing.problems?.[0]?.text ??
          `${source.label} holds no study. Check that --source names the right place.`,
      );
    // Whoever reads the JSON by a program sees it too.
    if (values.json) for (const { text } of listing.problems ?? []) console.error(text);
    console.log(values.json ? JSON.stringify(listingJson(listing), null, 2) : listingText(listing));
  } finally {
    line.clear();
  }
}
