import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Access, LimitClass, RestDoor } from '../../core/operation/contract';
import type { ClassDefinition } from '../../core/schema/class-definition';

export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  default?: unknown;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

/** What a test needs to know of an operation: its contract, the input as JSON schema. */
export interface OperationFacts {
  name: string;
  tag: string;
  rest: RestDoor | null;
  cloud: boolean;
  access: Access;
  idempotency: 'key' | 'none';
  limit?: LimitClass;
  input: JsonSchema;
}

export interface Registry {
  operations: OperationFacts[];
  classes: ClassDefinition[];
}

let known: Registry | undefined;

/**
 * The registry of the compiled application under test: what is added there is tested without a
 * line here. Synchronous, because Jest wants to know its tests at once.
 */
export function registry(): Registry {
  known ??= JSON.parse(registryOfRun()) as Registry;
  return known;
}

/** Printed by the first test file that asks, and kept in the run's folder for the others. */
function registryOfRun(): string {
  const harness = process.env.TEST_HARNESS_FILE;
  if (!harness) return printRegistry();
  const file = path.join(path.dirname(harness), 'registry.json');
  if (!existsSync(file)) {
    const own = `${file}.${process.pid}`;
    writeFileSync(own, printRegistry());
    // At once: the other Jest worker may be reading.
    renameSync(own, file);
  }
  return readFileSync(file, 'utf8');
}

function printRegistry(): string {
  const script = path.join(__dirname, 'print-registry.cjs');
  const printed = execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  // Parse Server may print above it.
  return printed.slice(printed.lastIndexOf('\n{') + 1);
}

/** All operations that have the door. */
export function operationsWith(door: 'rest' | 'cloud'): OperationFacts[] {
  return registry().operations.filter((operation) => (door === 'rest' ? operation.rest !== null : operation.cloud));
}

/** The path of a route with its parameters filled in, `/api` in front where it belongs. */
export function pathOf(rest: RestDoor, params: Record<string, string> = {}): string {
  const filled = rest.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(params[name] ?? 'none000000'),
  );
  return filled.startsWith('//') ? filled.slice(1) : `/api${filled}`;
}

/** Names of the parameters in a route's path. */
export function paramsOf(rest: RestDoor): string[] {
  return [...rest.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}
