// Copies onnxruntime's WebAssembly into dist/, for browsers, and for machines where the native build is missing: a few files of the
// 140 MB of onnxruntime-web, which would otherwise be everybody's to install.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const FILES = [
  'ort.node.min.mjs',
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  // With WebGPU, for which WebAssembly waits by JSPI.
  'ort.jspi.min.mjs',
  'ort-wasm-simd-threaded.jspi.mjs',
  'ort-wasm-simd-threaded.jspi.wasm',
];

/** @param folder created where it is missing */
export function packRuntime(folder) {
  const source = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const manifest = path.join(source, '..', 'package.json');
  const { version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (license !== 'MIT') throw new Error(`onnxruntime-web ${version} has the license ${license}`);
  mkdirSync(folder, { recursive: true });
  for (const file of FILES) copyFileSync(path.join(source, file), path.join(folder, file));
  writeFileSync(path.join(folder, 'LICENSE.txt'), notice(version));
}

function notice(version) {
  return `Files of onnxruntime-web ${version} (https://github.com/microsoft/onnxruntime), unchanged.

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

onnxruntime contains parts of other projects: https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt
`;
}
