#!/usr/bin/env node
// The program `pmars`: Core War with the flags, output and exit codes of pMARS.
import { start } from './start.js';

await start('cli/pmars/main.js');
