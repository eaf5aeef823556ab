// Warriors of the usual kinds, written for the benchmark.
import { namedSettings } from '../dist/corewar/index.js';
import { assembleSource } from '../dist/redqueen/index.js';

const SOURCES = {
  imp: 'MOV.I $0, $1',
  dwarf: `ADD.AB #4, $3
    MOV.I $2, @2
    JMP.B $-2, $0
    DAT.F #0, #0`,
  // Four processes run a stone: three instructions, and a gate behind it.
  stone: `SPL.B $0, <-20
    MOV.I $3, $97
    ADD.F $3, $-1
    DJN.F $-2, <-300
    DAT.F <-97, <97
    DAT.F #-97, #97`,
  bomber: `SPL.B #0, <-40
    ADD.AB #-1143, $1
    MOV.I $4, @-1
    MOV.I $4, <-2
    JMP.B $-3, <-50
    DAT.F $0, $0
    DAT.F <1, <2667
    DAT.F #1, #1`,
  // Eight processes copy their own eight instructions elsewhere and split to the copy.
  paper: `SPL.B $1, <-200
    MOV.I $-1, $0
    SPL.B $1, <-210
    SPL.B $1, <-220
    SPL.B @0, <2237
    MOV.I }-1, >-1
    MOV.I $4, <1463
    SPL.B @0, }-861
    MOV.I }-1, >-1
    JMP.B $-5, $0
    DAT.F <2667, <1`,
  // The older kind: one process copies, cell by cell, with a counter.
  replicator: `MOV.AB #9, $9
    MOV.AB #2381, $7
    MOV.I <7, <6
    DJN.B $-1, $6
    SPL.B @4, $0
    ADD.AB #1093, $3
    JMZ.B $-6, $3
    JMP.B $-7, $0
    DAT.F $0, $2381
    DAT.F $0, $9`,
  scanner: `ADD.F $7, $1
    CMP.I $-20, $-7
    JMP.B $2, $0
    JMP.B $-3, <-30
    MOV.AB $-3, $5
    MOV.I $5, <4
    DJN.B $-1, #14
    SPL.B $-7, $0
    DAT.F #-26, #-26
    DAT.F $0, $0
    SPL.B $0, $0`,
  // Looks for a B-field that is not 0, then wipes the core.
  searcher: `ADD.AB #3044, $1
    JMZ.B $-1, $3039
    MOV.AB $-1, $6
    MOV.I $6, >5
    DJN.B $-1, #40
    JMP.B $-5, $0
    DAT.F $0, $0
    DAT.F $0, $0
    DAT.F $0, $0
    SPL.B #0, $0`,
  clear: `SPL.B #0, <-10
    MOV.I $3, >-8
    DJN.F $-1, >-9
    DAT.F $0, $0
    DAT.F <2667, #12`,
  // A gate of one instruction, and imps around the core, a third apart.
  spiral: `SPL.B $4, <-10
    SPL.B $2, $0
    JMP.B $5, $0
    JMP.B $2671, $0
    SPL.B $2, $0
    JMP.B $5337, $0
    JMP.B #0, <-5
    MOV.I #0, $2667`,
  pit: `MOV.I $4, @4
    ADD.F $5, $4
    JMP.B $-2, <-60
    DAT.F $0, $0
    JMP.B $-4, $0
    SPL.B #0, $-1
    DAT.F #364, #-364`,
  gate: `SPL.B #0, <-22
    JMP.B #0, <-24`,
};

export const BENCH_WARRIORS = Object.entries(SOURCES).map(([name, source]) =>
  assembleSource({ name, source }, namedSettings('94')),
);
