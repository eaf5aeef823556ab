// Several processes that compute one program: who they are, what they tell one another, and what becomes of one that is lost.

export { askBlocking, type StoreAnswer, type StoreRequest } from './ask-blocking.ts';
export { JoinedGroup, joinGroup } from './join-group.ts';
export { type Patience, type ProcessGroup, readProcessGroup } from './process-group.ts';
export type { Outcome } from './serve-group.ts';
