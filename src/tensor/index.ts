// Public surface of `primordia/tensor`: trace with operations, differentiate, compile on a device.

export {
  type CacheContent,
  describeExecutableCache,
} from './backends/xla/session/executable-cache.ts';
export { findPlugins, pluginsFolder } from './backends/xla/session/find-plugins.ts';
export {
  DEVICE_NAMES,
  type DeviceName,
  type DeviceOptions,
  followDevice,
  isDeviceName,
  openDevice,
  type XlaDeviceName,
} from './open-device.ts';
export * from './tracing.ts';
