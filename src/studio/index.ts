// Public surface of the studio: runs, studies and races in the browser.

export { openStudio, type Studio, type StudioOptions } from './open-studio.ts';
