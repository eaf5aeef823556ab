// The places of PJRT's functions and fields against the header that a wheel ships, as a C compiler lays it out.

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  API_HEAD,
  BUFFER_TYPES,
  CALLS,
  ERROR_CODES,
  type FieldKind,
  functionOffset,
  placeFields,
  STRUCTS,
} from '../../src/tensor/backends/xla/session/pjrt-layout.ts';
import { withFolder } from '../support/command-line.ts';

/** Path of `pjrt_c_api.h`; the package xla-cpu-pjrt has it. */
const HEADER = process.env.PRIMORDIA_TEST_PJRT_HEADER ?? '';
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** C's names, where they differ: a union's member, a version's parts. */
const OWN_NAMES: Readonly<Record<string, string>> = { 'NamedValue.value': 'int64_value' };

type Laid = {
  /** C's name of the struct. */
  readonly type: string;
  readonly fields: Readonly<Record<string, FieldKind>>;
};

const LAID: Readonly<Record<string, Laid>> = Object.fromEntries([
  ...Object.entries(CALLS).map(([name, { fields }]) => [
    name,
    { type: `PJRT_${name}_Args`, fields },
  ]),
  ...Object.entries(STRUCTS).map(([name, fields]) => [name, { type: `PJRT_${name}`, fields }]),
]);

/** A C program that prints each place as a line of words. */
function writeProgram(): string {
  const lines = Object.entries(LAID).flatMap(([name, { type, fields }]) =>
    ['struct_size', 'extension_start', ...Object.keys(fields)].map((field) => {
      const own = OWN_NAMES[`${name}.${field}`] ?? field;
      return `  printf("${name} ${field} %zu %zu\\n", offsetof(${type}, ${own}), sizeof(((${type}*)0)->${own}));`;
    }),
  );
  const functions = Object.keys(CALLS).map(
    (name) => `  printf("function ${name} %zu 8\\n", offsetof(PJRT_Api, PJRT_${name}));`,
  );
  const head = {
    size: 'struct_size',
    major: 'pjrt_api_version.major_version',
    minor: 'pjrt_api_version.minor_version',
  };
  const heads = Object.entries(head).map(
    ([name, field]) => `  printf("api ${name} %zu 8\\n", offsetof(PJRT_Api, ${field}));`,
  );
  const types = {
    bool: 'PRED',
    int32: 'S32',
    int64: 'S64',
    float32: 'F32',
    float64: 'F64',
    bfloat16: 'BF16',
  };
  const values = [
    ...Object.keys(BUFFER_TYPES).map(
      (dtype) => `PJRT_Buffer_Type_${types[dtype as keyof typeof types]}`,
    ),
    ...ERROR_CODES.map((code) => `PJRT_Error_Code_${code}`),
  ].map((value) => `  printf("value ${value} %zu 8\\n", (size_t)${value});`);
  const named = '  printf("size NamedValue %zu 8\\n", (size_t)PJRT_NamedValue_STRUCT_SIZE);';
  const body = [...lines, ...functions, ...heads, ...values, named].join('\n');
  return `#include <stdio.h>\n#include <stddef.h>\n#include "${HEADER}"\nint main(void) {\n${body}\n  return 0;\n}\n`;
}

describe.skipIf(!existsSync(HEADER) || !hasCompiler)('the header of PJRT', () => {
  /** By `struct field`. */
  const found = new Map<string, { readonly offset: number; readonly size: number }>();
  beforeAll(() =>
    withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'layout.c'), writeProgram());
      const built = spawnSync('cc', ['layout.c', '-o', 'layout'], {
        cwd: folder,
        encoding: 'utf8',
      });
      if (built.status !== 0) throw new Error(built.stderr);
      const { stdout } = spawnSync(path.join(folder, 'layout'), { encoding: 'utf8' });
      for (const line of stdout.trim().split('\n')) {
        const [what, name, offset, size] = line.split(' ');
        found.set(`${what} ${name}`, { offset: Number(offset), size: Number(size) });
      }
    }),
  );

  test.each(Object.keys(LAID))('lays %s out as we do', (name) => {
    const { fields } = LAID[name]!;
    const sizes = { pointer: 8, size: 8, int64: 8, int32: 4, bool: 1 };
    for (const [field, { kind, offset }] of Object.entries(placeFields(fields).places)) {
      expect(found.get(`${name} ${field}`), field).toEqual({ offset, size: sizes[kind] });
    }
  });

  test('has the functions where we call them', () => {
    for (const [name, { slot }] of Object.entries(CALLS)) {
      expect(found.get(`function ${name}`)?.offset, name).toBe(functionOffset(slot));
    }
    for (const [name, offset] of Object.entries(API_HEAD)) {
      if (name !== 'bytes') expect(found.get(`api ${name}`)?.offset, name).toBe(offset);
    }
  });

  test('numbers element types and errors as we do, and values of an array', () => {
    const values = [...found].filter(([name]) => name.startsWith('value '));
    const own = [...Object.values(BUFFER_TYPES), ...ERROR_CODES.keys()];
    expect(values.map(([, { offset }]) => offset)).toEqual(own);
    expect(found.get('size NamedValue')?.offset).toBe(placeFields(STRUCTS.NamedValue).size);
  });
});
