import type { Question, Step, Style } from './question';
import { send, type Reply } from './send';
import type { Side } from './servers';

const NAME = /\{([a-z]\w*|\d+(?:\.\w+)*)\}/gi;

/** All answers of one server to one question. */
export async function askSide(side: Side, question: Question, style: Style): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const step of question.steps)
    replies.push(await send(side, filled(step, { ...side.names, style }, replies), style));
  return replies;
}

/** The step with every {name} replaced by what it stands for on this server. */
function filled(step: Step, names: Readonly<Record<string, string>>, replies: readonly Reply[]): Step {
  const fill = (text: string): string =>
    text.replace(NAME, (whole, name: string) => {
      const value = /^\d/.test(name) ? fieldOf(replies, name) : names[name];
      return value ?? whole;
    });
  return mapTexts(step, fill) as Step;
}

function fieldOf(replies: readonly Reply[], name: string): string | undefined {
  const [index, ...fields] = name.split('.');
  let value: unknown = replies[Number(index) - 1]?.body;
  for (const field of fields.length ? fields : ['objectId']) value = (value as Record<string, unknown>)?.[field];
  return typeof value === 'string' ? value : undefined;
}

function mapTexts(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [fill(name), mapTexts(inner, fill)]));
}

/** Runs the tasks, a few at once: enough to keep two processes busy. */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[], width = 6): Promise<T[]> {
  const results: T[] = new Array<T>(tasks.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++) results[index] = await tasks[index]!();
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
