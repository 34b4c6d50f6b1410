// The programs that tests measure us against, as Debian names them, and what is skipped without each.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const WANTED = [
  { package: 'orthanc', program: '/usr/sbin/Orthanc', without: 'retrieval from a real PACS' },
  {
    package: 'orthanc-dicomweb',
    program: '/usr/share/orthanc/plugins/libOrthancDicomWeb.so',
    without: 'retrieval from a real PACS',
  },
  { package: 'dcmtk', program: '/usr/bin/storescu', without: 'C-STORE, and DCMTK as a witness' },
  { package: 'dcm2niix', program: '/usr/bin/dcm2niix', without: 'dcm2niix as a witness of geometry' },
  {
    package: 'python3-pydicom',
    program: '/usr/lib/python3/dist-packages/pydicom',
    without: 'pydicom as a witness of files',
  },
  {
    package: 'python3-numpy',
    program: '/usr/lib/python3/dist-packages/numpy',
    without: 'pydicom as a witness of pixels',
  },
  { package: 'chromium', program: '/usr/bin/chromium', without: 'everything in a browser' },
];

const missing = () => WANTED.filter(({ program }) => !existsSync(program));

/** Installs what is missing where that is allowed (root, apt-get), else names it and what will be skipped. */
export function provideSystemPackages() {
  let absent = missing();
  if (absent.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const names = absent.map((entry) => entry.package);
    console.log(`Installing what tests want: ${names.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...names);
    absent = missing();
  }
  for (const entry of absent)
    console.log(`Not here: ${entry.package}. Skipped: ${entry.without}. (apt-get install ${entry.package})`);
  return absent;
}
