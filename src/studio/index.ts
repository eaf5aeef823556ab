// Public surface of the studio: runs, studies and races in the browser.

export { type Exported, type ExportOptions, exportSite } from './export-site.ts';
export { openStudio, type Studio, type StudioOptions } from './open-studio.ts';
