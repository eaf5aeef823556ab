// Whether a page can compute on a GPU.

/** Whether there is a GPU, and the browser can wait for it from within WebAssembly. */
export async function hasWebGpu(): Promise<boolean> {
  if (!('gpu' in navigator) || !('Suspending' in WebAssembly)) return false;
  const gpu = navigator.gpu as { requestAdapter(): Promise<unknown> };
  return (await gpu.requestAdapter().catch(() => null)) !== null;
}
