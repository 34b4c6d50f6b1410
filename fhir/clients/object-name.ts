/** What a stored object calls itself. */
import dicomParser from 'dicom-parser';

const DEFLATED = '1.2.840.10008.1.2.1.99';

/** SOP Instance UID of a file, read no further than it must be; '' where there is none to read. */
export function sopInstanceUidOf(bytes: Uint8Array): string {
  let fromMeta = '';
  try {
    const meta = dicomParser.readPart10Header(bytes);
    fromMeta = meta.string('x00020003') ?? '';
    if (meta.string('x00020010') === DEFLATED) return fromMeta;
    return dicomParser.parseDicom(bytes, { untilTag: 'x00080018' }).string('x00080018') ?? fromMeta;
  } catch {
    return fromMeta;
  }
}
