// Which codec a format has.

import type { DatasetFormat, FormatCodec, ShardOpener } from './codec.ts';

/** The codec of a format. Loaded when asked for: the Parquet library is not small. */
export async function loadCodec(format: DatasetFormat): Promise<FormatCodec> {
  switch (format) {
    case 'bin':
      return (await import('./bin.ts')).binCodec;
    case 'nanogpt':
      return (await import('./bin.ts')).nanogptCodec;
    case 'llmc':
      return (await import('./llmc.ts')).llmcCodec;
    case 'mds':
      return (await import('./mds.ts')).mdsCodec;
    case 'npy':
      return (await import('./npy.ts')).npyCodec;
    case 'megatron':
      return (await import('./megatron.ts')).megatronCodec;
    case 'parquet':
      return (await import('./parquet.ts')).parquetCodec;
    case 'jsonl':
      return (await import('./jsonl.ts')).jsonlCodec;
  }
}

/** What opens the shards of a data set of a format. */
export async function createShardOpener(format: DatasetFormat): Promise<ShardOpener> {
  const codec = await loadCodec(format);
  return codec.createOpener?.() ?? { openShard: codec.openShard, close: () => {} };
}
