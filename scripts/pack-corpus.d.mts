export function packCorpus(folder: string, previous: string): void;
