// What the report of a training run is made from.

import type { MetricInfo } from '../algorithms/algorithm.ts';
import type { Point } from '../chart/index.ts';
import type { GateResult } from '../eval/index.ts';
import type { Sample } from '../training/sample.ts';
import type { TrainingSummary } from '../training/summary.ts';
import type { AnyWorld } from '../worlds/world.ts';
import type { Provenance } from './provenance-section.ts';
import type { FrameSheet } from './types.ts';

/** What a report says of a world. */
export type WorldFacts = Pick<AnyWorld, 'description' | 'learnable' | 'freshRules'> & {
  /** Whether its sequences consist of frames. */
  readonly framed: boolean;
};

/** What the gate's pictures show; null where the run does not know the world. */
export type GateView = {
  readonly world: WorldFacts | null;
  readonly frames: FrameSheet | null;
  /** Which sequences the pictures show, and what draws them again, in a sentence. */
  readonly origin?: string | undefined;
};

export type ReportStage = {
  /** Its data in a line. */
  readonly data: string;
  /** Whether it goes on with the data of the stage before. */
  readonly continues: boolean;
  /** Training loss by tokens of the stage. */
  readonly trainCurve: readonly Point[];
  /** What its training losses are made of, by name and by optimizer steps of the run. */
  readonly parts: Readonly<Record<string, readonly Point[]>>;
  /** What the numbers are that its algorithm reports. */
  readonly metrics: Readonly<Record<string, MetricInfo>>;
  /** Of the gate of its own model, and of what it began with, where that was judged in this run. */
  readonly gate: GateView | null;
  readonly startGate: GateView | null;
};

export type TrainingReportData = Provenance & {
  readonly summary: TrainingSummary;
  readonly description: string;
  /** The kind of model. */
  readonly model: string;
  /** One per stage of the summary, in their order. */
  readonly stages: readonly ReportStage[];
  readonly sample: Sample | null;
};

/** A model that the gate judged. */
export type JudgedModel = GateView & {
  /** Of its stage, or where it comes from. */
  readonly name: string;
  /** The subject of a sentence: `The model of stage source`. */
  readonly subject: string;
  readonly gate: GateResult;
  /** Stages that begin with it, and whether they were not begun because it has learned less than is required. */
  readonly usedBy: readonly string[];
  readonly refused: boolean;
  /** The stage whose model it is; null for one that comes from elsewhere. */
  readonly stage: string | null;
};

/** The models that the gate judged, in the order of stages: what a stage begins with comes before its own. */
export function listJudged({ summary, stages }: TrainingReportData): JudgedModel[] {
  return summary.stages.flatMap(({ name, gate, start, refused }, i): JudgedModel[] => {
    const { gate: view, startGate } = stages[i]!;
    const isOwn = summary.stages.some((stage) => stage.name === start?.from);
    const users = summary.stages.filter((stage) => stage.start?.from === name);
    const nothing = { world: null, frames: null };
    return [
      ...(start?.gate && !isOwn
        ? [
            {
              ...(startGate ?? nothing),
              gate: start.gate,
              usedBy: [name],
              refused,
              stage: null,
              name: start.shipped?.name ?? start.from,
              subject: start.shipped
                ? `The shipped source ${start.shipped.name}`
                : `The model of ${start.from}`,
            },
          ]
        : []),
      ...(gate
        ? [
            {
              ...(view ?? nothing),
              name,
              gate,
              usedBy: users.map((stage) => stage.name),
              stage: name,
              refused: users.some((stage) => stage.refused),
              subject: `The model of stage ${name}`,
            },
          ]
        : []),
    ];
  });
}
