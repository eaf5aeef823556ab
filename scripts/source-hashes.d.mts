export type SourceHashes = Readonly<Record<string, string>>;
export const BUILD_RECORD: string;
export function hashSources(root: string): SourceHashes;
export function recordOf(hashes: SourceHashes): string;
export function explainStaleBuild(root: string, current?: SourceHashes): string | null;
