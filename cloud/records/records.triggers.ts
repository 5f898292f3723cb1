import type { TriggerRegistry } from '../../core/triggers';

export function registerRecordTriggers(_registry: TriggerRegistry): void {}
