/** Every word the page says. Sentences say what happened, what it means here, and what to do. */
import type { ProblemCode, Progress } from '../shared/volume.ts';
import type { PresetName } from '../shared/scene/presets.ts';

const hostOf = (): string => location.host;

export const TEXT = {
  product: 'Anteroom',
  notDiagnostic: 'Planning view, not for diagnosis',
  search: 'Search name, ID, date, modality or body part',
  open: 'Open',
  cancel: 'Cancel',
  share: 'Invite',
  copyLink: 'Copy link',
  copied: 'Link copied',
  back: 'Back to studies',
  close: 'Close',
  retry: 'Try again',
  theme: 'Light or dark',
  problems: 'What is amiss with this data',
  loadingStudies: 'Asking the archive what it holds…',
  noStudies: {
    title: 'This archive holds no studies yet.',
    next: 'Send one to it from the PACS, then press Try again. To look around first, start Anteroom with --source embedded.',
  },
  noMatch: (query: string): string =>
    `Nothing here matches “${query}”. Search looks at name, ID, date, modality and body part.`,
  opening: 'Opening…',
  notOpened: {
    title: 'This page did not come to its end.',
    next: 'A part of it was lost on the way: the network broke, or the service was started anew. Try again.',
  },
  noToken: {
    title: 'This page needs a link.',
    next: 'Open the link that the service printed when it started, or ask whoever invited you for a new one.',
  },
  wrongLink: {
    title: 'This link opens nothing here.',
    next: 'It may have been cut short, or the service was started anew since. Open the whole link again, or ask whoever invited you for a new one.',
  },
  expired: {
    title: 'This link has expired.',
    next: (until: string | null): string =>
      `${until === null ? 'Links to a study are valid for 24 hours.' : `It was valid until ${until}.`} Ask whoever invited you for a new one.`,
  },
  roomFull: 'This room is full. Try again when somebody has left it.',
  forbidden: {
    title: 'This link does not open that.',
    next: 'It was made for one study. Ask its host for a link to the one you need.',
  },
  nodeSilent: {
    title: 'The service does not answer.',
    next: () => `Check that Anteroom is still running at ${hostOf()}; this page tries again by itself.`,
    pressAgain: () => `Check that Anteroom is still running at ${hostOf()}, then press again.`,
  },
  reconnecting: (attempt: number): string =>
    `The service at ${hostOf()} does not answer. What you see is the last picture; this page tries again by itself (try ${attempt}).`,
  streamEnded: (reason: string): string =>
    `The picture stopped (${reason}). This page starts it again by itself.`,
  pictureStopped: (): string =>
    `The picture does not keep up: what you see is old. The network between this device and ${hostOf()} is slow or broken; this page goes on trying.`,
  pictureAway: {
    title: 'The picture does not arrive.',
    next: (): string =>
      `The service at ${hostOf()} answers, but its picture does not come through. Often a firewall between this device and the service stops it: it travels by UDP. This page goes on trying; try another network, or ask whoever runs this one.`,
  },
  leaveRoom: 'Leave the room',
  loadingStudy: 'Loading the study',
  firstPicture: 'Making the first picture…',
  tablet: {
    looking: 'Point the tablet at a table and move it slowly.',
    floating: 'It floats before you: this device finds no tables. Turn it with one finger, size it with two.',
    aiming: 'Tap to put it down here.',
    standing: 'Walk around it. Turn it with one finger, size it with two.',
    again: 'Put it elsewhere',
    trueSize: 'True size',
    leave: 'Leave AR',
  },
  pictureStoppedInHeadset: ['The picture does not keep up.', 'The network is slow or broken.'],
  awayInHeadset: ['The service does not answer.', 'Trying again…'],
  endedInHeadset: ['The room has ended here.', 'Leave the headset to read why.'],
  shareTitle: 'Invite somebody into this room',
  shareWords:
    'Whoever has this link sees this study with its patient’s name, and may change what is shown, for 24 hours. It opens nothing else.',
  copyFailed: 'This browser does not let the page copy: the link is selected, copy it by hand.',
  noInvitation: (why: string): string => `No link was made. ${why}`,
  onlyHere:
    'This address works on this machine alone. Start Anteroom with --lan so that headsets and tablets can come in.',
  noVr: 'This browser has no VR. Look around with the mouse here, or open this address in a headset.',
  vr: 'VR',
  insecure: 'Headsets give VR only to secure pages. Start Anteroom with --lan to get an https address.',
  quarantined: (n: number): string =>
    n === 1
      ? '1 object could not be read and was left out.'
      : `${n} objects could not be read and were left out.`,
  tools: { look: 'Look', clip: 'Clip', time: 'Time', layers: 'Layers' },
  clipOn: 'Clip plane',
  clipHint: 'Drag its handle in the picture. In a headset, hold it in your hand.',
  flip: 'Flip side',
  windowHint: 'Drag on the histogram, or Shift-drag in the picture.',
  reset: 'Reset',
  phase: (index: number, total: number, timeMs: number | null): string =>
    `Phase ${index + 1} of ${total}${timeMs === null ? '' : ` · ${Math.round(timeMs)}\u202fms`}`,
  streamFine: 'Stream: fine',
  streamWorking: 'Stream: working on it',
  streamPoor: 'Stream: poor',
  help: 'Keys and gestures',
  ageStale: 'The picture is more than a second old.',
  people: 'In this room',
  you: 'you',
} as const;

const number = (value: number): string => value.toLocaleString('en');
const counted = (value: number, one: string, more = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : more}`;

/** The start page's own words. */
export const START = {
  lookAgain: 'Look again',
  showMore: 'Show more studies',
  moreStudies: 'More studies',
  studies: (count: number): string => counted(count, 'study', 'studies'),
  /** Of a large archive: those that are known. */
  newest: (count: number): string =>
    count === 1 ? 'The newest study' : `The newest ${number(count)} studies`,
  unsorted: (count: number): string =>
    `${counted(count, 'study', 'studies')} in the order of the archive, which may hold newer ones`,
  thereAreMore: 'there are more',
  ofFound: (found: number): string => `${number(found)} of `,
  knownNotAll: ' known, not all',
  /** The archive may hold more than it gave. */
  perhapsNotAll: ' known, perhaps not all',
  matchSoFar: (found: number, known: number): string =>
    `${number(found)} of ${number(known)} known so far match`,
  readingAgain: 'Reading the archive again',
  reading: (read: number, total: number): string =>
    `Reading the archive: ${number(read)} of ${counted(total, 'study', 'studies')}`,
  noMatchYet: (query: string): string =>
    `Nothing read so far matches “${query}”. The archive is still being read.`,
  noMatchFailed: (query: string): string =>
    `Nothing that could be read matches “${query}”. Not all of the archive was read.`,
  noMatchInPart: (query: string, known: number): string =>
    `Nothing among the ${counted(known, 'study', 'studies')} read so far matches “${query}”. The archive holds more.`,
  searchArchive: (text: string): string => `Search the whole archive for “${text}”`,
  /** What the archive can be asked for is less than what is searched here. */
  searchArchiveHow: 'By patient’s name or ID, and date: 2026-03-14 or 2026-03.',
  allStudies: 'Back to all studies',
  searching: (text: string): string => `Searching the archive for “${text}”`,
  searchReading: (text: string, read: number, total: number): string =>
    `Found for “${text}”: reading ${number(read)} of ${counted(total, 'study', 'studies')}`,
  foundAll: (text: string, count: number): string =>
    `${counted(count, 'study', 'studies')} in the archive for “${text}”`,
  foundNewest: (text: string, count: number): string => `${START.newest(count)} in the archive for “${text}”`,
  foundNone: (text: string): string =>
    `The archive holds no study for “${text}”. It was asked for patients’ names and IDs that hold these words, and for the date where you gave one.`,
  notAllRead: (known: number): string =>
    `Not all of the archive was read: ${known === 1 ? '1 study is' : `${number(known)} studies are`} known.`,
  study: 'Study',
  noDate: 'no date',
  noName: 'No name',
  notShowable: 'Nothing in it can be shown as a volume.',
  seriesUnread: 'reading its series',
  allSeries: (count: number): string => `All ${count} series`,
  opensFirst: 'opens first',
  images: (count: number): string => `${count} images`,
  slices: (count: number): string => `${count} slices`,
  phases: (count: number): string => `${count} phases`,
  series: (count: number): string => `${count} series`,
  flow: '4D flow',
  labels: 'labels',
  linkField: 'Link',
  qrCode: 'QR code of the link',
  loading: 'Loading',
  slicesSoFar: (done: number, total: number): string => `${done} of ${total} slices`,
  aSecondLeft: 'about a second left',
  secondsLeft: (seconds: number): string => `${seconds}\u202fs left`,
  minutesLeft: (minutes: number): string => `${minutes}\u202fmin left`,
  failedHere: 'Something here failed.',
  noAnswer: 'The service could not answer.',
} as const;

/** What is done with a study on its way in. */
export const STAGE: Readonly<Record<Progress['stage'], string>> = {
  generate: 'Making the embedded patient',
  discover: 'Asking what the series holds',
  retrieve: 'Coming in',
  decode: 'Decoding',
  assemble: 'Putting it together',
  prepare: 'Making the first picture',
};

/** Short forms for chips; the full sentence comes with the problem itself. */
export const PROBLEM_CHIP: Readonly<Record<ProblemCode, string>> = {
  'missing-slices': 'slices missing',
  'duplicate-slices': 'slices twice',
  'uneven-spacing': 'uneven slices',
  'gantry-tilt': 'tilt corrected',
  'mixed-orientation': 'mixed directions',
  'mixed-phases': 'mixed phases',
  'single-slice': 'single slice',
  'source-mismatch': 'sources disagree',
  'patient-mismatch': 'whose it is',
  'perhaps-more': 'perhaps not all',
};

export const MODALITY: Readonly<Record<string, string>> = {
  CT: 'CT',
  MR: 'MR',
  PT: 'PET',
  US: 'Ultrasound',
  XA: 'Angiography',
  DX: 'X-ray',
  CR: 'X-ray',
  MG: 'Mammography',
  NM: 'Nuclear medicine',
  SEG: 'Segmentation',
};

export const PRESET_WORDS: Readonly<Record<PresetName, string>> = {
  'ct-bone': 'Bone',
  'ct-vessel': 'Vessels',
  'ct-soft': 'Soft tissue',
  'ct-lung': 'Lungs',
  'ct-skin': 'Skin',
  mr: 'MR',
  pet: 'PET',
  mip: 'Maximum',
};

/** Failure codes that the node sends without words of its own, or that begin in the browser. */
export const FAILURE: Readonly<Record<string, { readonly title: string; readonly next: string }>> = {
  unreachable: {
    title: 'The archive did not answer.',
    next: 'Check that it is running and that this node may reach it: anteroom doctor.',
  },
  unauthorized: {
    title: 'The archive refused this node’s credentials.',
    next: 'Set ANTEROOM_TOKEN or ANTEROOM_BASIC to valid ones and start the service again.',
  },
  'no-pixels': {
    title: 'This series holds no images.',
    next: 'Open another series of the study.',
  },
  'no-webrtc': {
    title: 'This browser cannot receive the picture.',
    next: 'Use a current Chrome, Edge or the headset’s own browser.',
  },
};

export const KEYS: readonly (readonly [string, string])[] = [
  ['Left drag · one finger', 'turn'],
  ['Right drag · two fingers', 'move'],
  ['Wheel · pinch', 'scale'],
  ['Shift-drag', 'window and level'],
  ['T · M · W', 'drag turns, moves or windows'],
  ['Arrows · + −', 'turn, scale'],
  ['C', 'clip plane on or off'],
  ['L', 'looks'],
  ['R', 'bring it back to me'],
  ['Ctrl+Z', 'back one step'],
  ['?', 'these keys'],
  ['Esc', 'leave what you are in'],
];
