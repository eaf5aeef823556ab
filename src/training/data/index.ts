// Every kind of training data behind one contract.
export {
  type DataContext,
  type DataDefinition,
  type DataRegistry,
  defineData,
  type GateInputs,
  type OpenedData,
} from './data.ts';
export { glanceData, openData } from './open-data.ts';
export { createDataRegistry, DATA } from './registry.ts';
