// `primordia gate`: what a source model has learned, and what predictors make of its world.

import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import type { GateBaselines } from '../../eval/index.ts';
import { loadRecipeKinds, loadRunKinds, pluginSettings } from '../../plugins/index.ts';
import { readKind } from '../../run/index.ts';
import { findArms } from '../../study/index.ts';
import {
  type GateRecord,
  hasGate,
  isShippedSource,
  judgeDataset,
  judgeRecipe,
  judgeRun,
  judgeShippedSource,
  loadTraining,
} from '../../training/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { describeGate } from '../describe-gate.ts';
import { addDeviceOption, type DeviceOptions } from '../device-option.ts';
import { createOutput, formatTable, type Output } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { TERMS_NOTE } from '../terms-note.ts';

type Options = CommonOptions &
  DeviceOptions &
  PluginOptions & { readonly set: string[]; readonly seed?: number; readonly arm?: string };

export function addGate(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('gate')
    .description(
      'judge what a source model has learned of its world: nothing, statistics or dynamics',
    )
    .argument(
      '<target>',
      'folder of a run, or name of a source that comes with the package; or a recipe or a data set, for the predictors only',
    )
    .option('--set <key=value...>', 'change a setting of the recipe', [])
    .option(
      '--seed <n>',
      'random seed of the held-out sequences; a run is judged again on these, and keeps its recorded gate (default: the source’s seed)',
      parseInteger,
    )
    .option('--arm <name>', 'arm of a study (default: the first that has a gate)')
    .addHelpText(
      'after',
      `
Verdicts: nothing (not better than frequencies of tokens), statistics (not better than predictors that count what the
sequence has shown), dynamics (better than these). ${TERMS_NOTE}

Examples:
  primordia gate runs/quickstart-001
  primordia gate nca-dynamics --seed 1         a shipped source, on held-out sequences of this seed
  primordia gate nca-text --json               what a model has to beat, before it is trained
  primordia gate data/nca                      the same for a data set`,
    );
  addDeviceOption(command, 'the source’s');
  addPluginOption(command);
  addCommonOptions(command).action(async (target: string, options: Options) => {
    const output = createOutput(options);
    const found = await judge(target, options, output);
    if ('gate' in found) output.result(toJson(found.gate), describeRun(found.gate));
    else output.result(predictorsToJson(found), listBaselines(found));
    exit(0);
  });
}

/** A run or a shipped source has a verdict, anything else its predictors. */
async function judge(
  target: string,
  { set, seed, arm, plugin, device }: Options,
  output: Output,
): Promise<GateRecord | GateBaselines> {
  const { registries } = await loadRunKinds(target, plugin);
  // With settings, the name of both means the recipe that the source came from.
  if (isShippedSource(target) && set.length === 0) {
    return judgeShippedSource(target, { registries, seed, deviceName: device });
  }
  if (!existsSync(target) || !statSync(target).isDirectory()) {
    refuseDevice(device, 'a recipe');
    const settings = [
      ...set,
      ...pluginSettings(plugin),
      ...(seed === undefined ? [] : [`seed=${seed}`]),
    ];
    const kinds = (await loadRecipeKinds(target, settings)).registries;
    return judgeRecipe(await loadTraining(target, settings, kinds), kinds);
  }
  refuseSettings(set, 'a folder');
  const kind = readKind(target);
  if (kind === 'study') {
    const arms = findArms(target, arm);
    const { name, folder } = arms.find((one) => hasGate(one.folder, registries)) ?? arms[0];
    output.say(`arm ${name}`);
    return judgeRun(folder, { registries, seed, deviceName: device });
  }
  if (arm !== undefined) {
    throw new UserError(`${target} is not a study: it has no arm '${arm}'`, {
      hint: 'leave --arm out',
    });
  }
  if (kind !== null) return judgeRun(target, { registries, seed, deviceName: device });
  refuseDevice(device, 'a data set');
  if (seed !== undefined) {
    throw new UserError('--seed has no effect on a data set: its last sequences are held out');
  }
  return judgeDataset(target, registries);
}

function refuseDevice(device: string | undefined, what: string): void {
  if (device === undefined) return;
  throw new UserError(`--device has no effect on ${what}: only its predictors are measured`, {
    hint: 'leave --device out',
  });
}

function refuseSettings(settings: readonly string[], what: string): void {
  if (settings.length === 0) return;
  throw new UserError(`--set has no effect on ${what}`, { hint: 'give a recipe' });
}

function lossByName({ baselines }: Pick<GateBaselines, 'baselines'>): Record<string, number> {
  return Object.fromEntries(baselines.map(({ name, loss }) => [name, loss]));
}

function byFrameByName({ baselines }: Pick<GateBaselines, 'baselines'>) {
  return Object.fromEntries(baselines.map(({ name, byFrame }) => [name, byFrame]));
}

function predictorsToJson(found: GateBaselines) {
  const { firstFrame } = found;
  return { baselines: lossByName(found), firstFrame, byFrame: byFrameByName(found) };
}

function toJson(gate: GateRecord['gate']) {
  const { loss, margin, baselines: _, byFrame, ...rest } = gate;
  return {
    ...rest,
    baselines: lossByName(gate),
    model: loss,
    margin: margin.mean,
    interval: margin.interval,
    byFrame: { model: byFrame, ...byFrameByName(gate) },
  };
}

function describeRun(gate: GateRecord['gate']): string {
  return [
    ...describeGate(gate),
    '',
    listBaselines(gate),
    '',
    ...gate.reasons.map((reason) => reason),
  ].join('\n');
}

const KINDS = { global: 'global', blind: 'blind', lookup: 'look-up' } as const;

function listBaselines({ baselines }: Pick<GateBaselines, 'baselines'>): string {
  const rows = baselines.map(({ name, kind, loss }) => [
    name,
    KINDS[kind],
    loss?.toFixed(3) ?? '–',
  ]);
  return formatTable([['predictor', 'kind', 'nats per target'], ...rows]);
}
