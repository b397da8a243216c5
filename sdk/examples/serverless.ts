/**
 * Functions that are frozen or ended after each call (AWS Lambda and the like): send what was recorded before answering. No
 * timer of the SDK keeps the process, and heartbeats make no sense here.
 */
import { flush, initializeTracing, traced } from 'swisper-studio';

// Once per cold start.
initializeTracing({ heartbeatIntervalSeconds: 0, verifyConnectivity: false });

const answer = traced('answer', async (question: string): Promise<string> =>
  Promise.resolve(`You asked: ${question}`),
);

export async function handler(event: { question: string }): Promise<{ statusCode: number; body: string }> {
  try {
    return { statusCode: 200, body: await answer(event.question) };
  } finally {
    // At most a second of the caller's time; without Redis or network it gives up then.
    await flush(1000);
  }
}
