// Builds the addon (and the CUDA library where nvcc is found). Plain JavaScript: npm may run it on any Node >= 20.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const root = path.dirname(here);
const require = createRequire(path.join(here, 'build.mjs'));

/** Folder of an installed package, or null. */
function packageFolder(name) {
  for (let at = root; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name);
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (at === path.dirname(at)) return null;
  }
}

/** The pinned Node of this platform with its headers, or null where optional packages were left out. */
function pinnedNode() {
  const folder = packageFolder(`node-${process.platform}-${process.arch}`);
  return folder && existsSync(path.join(folder, 'bin', 'node')) ? folder : null;
}

/** npm 10 installs the pinned Node but leaves no .bin/node: without the link, scripts run on the user's Node. */
function linkPinnedNode(folder) {
  const bin = path.join(path.dirname(folder), '.bin');
  const link = path.join(bin, 'node');
  if (existsSync(link)) return;
  mkdirSync(bin, { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
  symlinkSync(path.join('..', path.basename(folder), 'bin', 'node'), link);
}

const answers = (command, args = ['--version']) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

function missingTools() {
  const missing = [];
  if (![process.env.CXX, 'c++', 'g++', 'clang++'].some((name) => name && answers(name)))
    missing.push(['a C++20 compiler', 'g++']);
  if (!answers('make')) missing.push(['make', 'make']);
  if (![process.env.PYTHON, 'python3', 'python'].some((name) => name && answers(name)))
    missing.push(['Python 3', 'python3']);
  return missing;
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isFile()) time = Math.max(time, statSync(name).mtimeMs);
  }
  return time;
}

/** The CUDA backend is a library of its own: opened only where a driver is. Its absence is no failure. */
function buildCuda() {
  const source = path.join(here, 'backends', 'cuda.cu');
  if (!existsSync(source)) return;
  if (!answers('nvcc')) {
    console.log('anteroom: nvcc is not here; built without the CUDA backend.');
    return;
  }
  const out = path.join(here, 'build', 'Release', 'anteroom_cuda.so');
  const sources = Math.max(newest(here), newest(path.join(here, 'kernels')), newest(path.dirname(source)));
  if (existsSync(out) && statSync(out).mtimeMs > sources) return;
  const architectures = ['75', '80', '90'].map((sm) => `-gencode=arch=compute_${sm},code=sm_${sm}`);
  const flags = [
    '-O3',
    '-std=c++20',
    '--fmad=false',
    '--expt-relaxed-constexpr',
    '-Xcompiler',
    '-fPIC',
    '-cudart',
    'static',
    '-shared',
  ];
  const ptx = '-gencode=arch=compute_90,code=compute_90';
  const made = spawnSync('nvcc', [...flags, ...architectures, ptx, '-o', out, source], { stdio: 'inherit' });
  if (made.status !== 0)
    console.log(
      'anteroom: nvcc could not build the CUDA backend (its words are above); the CPU backend is whole.',
    );
}

function main() {
  const pinned = pinnedNode();
  if (pinned) linkPinnedNode(pinned);
  const missing = missingTools();
  if (missing.length > 0) {
    console.error(
      `anteroom: the native kernels could not be built: ${missing.map(([what]) => what).join(', ')} not found.\n` +
        `On Debian or Ubuntu: apt-get install ${missing.map(([, apt]) => apt).join(' ')}\nThen run npm install again.`,
    );
    return 1;
  }
  const gyp = require.resolve('node-gyp/bin/node-gyp.js');
  const node = pinned ? path.join(pinned, 'bin', 'node') : process.execPath;
  const nodedir = pinned ?? path.dirname(path.dirname(process.execPath));
  const args = [gyp, 'configure', 'build', '-j', 'max', '--loglevel', 'warn'];
  if (existsSync(path.join(nodedir, 'include', 'node', 'node_api.h'))) args.push(`--nodedir=${nodedir}`);
  const built = spawnSync(node, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) {
    console.error(
      'anteroom: compiling the native kernels failed; the compiler says why above.\n' +
        'It takes g++ 12 or clang 15 or newer. On Debian or Ubuntu: apt-get install g++ make python3',
    );
    return 1;
  }
  buildCuda();
  return 0;
}

process.exit(main());
