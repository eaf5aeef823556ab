#!/usr/bin/env node
// The program `primordia`.
import { start } from './start.js';

await start('cli/main.js');
