import { addConsumer, consumers } from '../../../core/events/consumers';
import { settleIntents } from '../../../core/events/deletions';
import { hintsDone } from '../../../core/events/hints';

const INTENT_MS = 121_000;

/**
 * Intents that killed requests left are settled as if their two minutes were over. This process hands the events on, so
 * it has to know the consumer of the server under test: else nobody would be told of them.
 */
export async function settleIntentsNow(consumer: string): Promise<void> {
  if (!consumers().some((one) => one.consumer.name === consumer))
    addConsumer({ name: consumer, types: ['*'], handler: () => Promise.reject(new Error('Not here.')) });
  await settleIntents(new Date(Date.now() + INTENT_MS));
  await hintsDone();
}
