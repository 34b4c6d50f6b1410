/** Values out of a DICOM JSON header, by tag. */
import type { DicomJson } from './types.ts';

/** Tags by the standard's keywords: those this project reads. */
export const TAG = {
  SpecificCharacterSet: '00080005',
  ImageType: '00080008',
  SOPClassUID: '00080016',
  SOPInstanceUID: '00080018',
  StudyDate: '00080020',
  Modality: '00080060',
  StudyDescription: '00081030',
  SeriesDescription: '0008103E',
  PatientName: '00100010',
  PatientID: '00100020',
  PatientBirthDate: '00100030',
  StudyInstanceUID: '0020000D',
  SeriesInstanceUID: '0020000E',
  InstanceNumber: '00200013',
  ImagePositionPatient: '00200032',
  ImageOrientationPatient: '00200037',
  FrameOfReferenceUID: '00200052',
  PlanePositionSequence: '00209113',
  PlaneOrientationSequence: '00209116',
  SamplesPerPixel: '00280002',
  PhotometricInterpretation: '00280004',
  PlanarConfiguration: '00280006',
  NumberOfFrames: '00280008',
  Rows: '00280010',
  Columns: '00280011',
  PixelSpacing: '00280030',
  BitsAllocated: '00280100',
  BitsStored: '00280101',
  HighBit: '00280102',
  PixelRepresentation: '00280103',
  PixelPaddingValue: '00280120',
  PixelPaddingRangeLimit: '00280121',
  WindowCenter: '00281050',
  WindowWidth: '00281051',
  RescaleIntercept: '00281052',
  RescaleSlope: '00281053',
  RescaleType: '00281054',
  ModalityLUTSequence: '00283000',
  LUTDescriptor: '00283002',
  LUTData: '00283006',
  PixelMeasuresSequence: '00289110',
  FrameVOILUTSequence: '00289132',
  PixelValueTransformationSequence: '00289145',
  RealWorldValueMappingSequence: '00409096',
  SharedFunctionalGroupsSequence: '52009229',
  PerFrameFunctionalGroupsSequence: '52009230',
} as const;

const valuesOf = (header: DicomJson, tag: string): readonly unknown[] => header[tag]?.Value ?? [];

/** All values as text; person names give their alphabetic group; [] where absent. */
export const texts = (header: DicomJson, tag: string): string[] =>
  valuesOf(header, tag).map((value) => {
    if (typeof value === 'object' && value !== null)
      return 'Alphabetic' in value ? String(value.Alphabetic) : '';
    return value === null || value === undefined ? '' : String(value).trim();
  });

/** First value as text, '' where absent. */
export const text = (header: DicomJson, tag: string): string => texts(header, tag)[0] ?? '';

/** All values as numbers, NaN for what is none; [] where absent. */
export const numbers = (header: DicomJson, tag: string): number[] =>
  valuesOf(header, tag).map((value) =>
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim()
        ? Number(value)
        : Number.NaN,
  );

/** First value as a number; null where absent, NaN where it is no number. */
export const number = (header: DicomJson, tag: string): number | null => numbers(header, tag)[0] ?? null;

/** Items of a sequence; [] where absent. */
export const items = (header: DicomJson, tag: string): DicomJson[] =>
  valuesOf(header, tag).filter((item): item is DicomJson => typeof item === 'object' && item !== null);

/** The item of a functional group macro for a frame (from 0), per-frame over shared. PS3.3 C.7.6.16.1. */
export function functionalGroup(header: DicomJson, frame: number, macro: string): DicomJson | null {
  const own = items(header, TAG.PerFrameFunctionalGroupsSequence)[frame];
  const shared = items(header, TAG.SharedFunctionalGroupsSequence)[0];
  return (own && items(own, macro)[0]) ?? (shared && items(shared, macro)[0]) ?? null;
}
