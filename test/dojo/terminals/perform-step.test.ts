// Steps that Dojo refuses because they came too late, and steps of which nobody knows.
import t from 'tap'
import { DojoRefusal } from '../../../src/dojo/client/errors.ts'
import type { DojoClient } from '../../../src/dojo/client/index.ts'
import { performStep } from '../../../src/dojo/terminals/perform-step.ts'
import { cardSale } from '../../support/card-payment.ts'

const INTENT = {
  id: 'pi_1',
  status: 'Captured',
  amount: { value: 1_000, currencyCode: 'GBP' },
  createdAt: '2026-01-01T12:00:00Z',
  updatedAt: '2026-01-01T12:00:00Z',
}

/** A Dojo that answers each call but the reading of the intent with this status. */
function refusing(status: number): DojoClient {
  return {
    call: async (name: string) => {
      if (name === 'PaymentIntents_Get') return INTENT
      throw new DojoRefusal(name, status, { title: 'No' })
    },
  } as unknown as DojoClient
}

const payment = cardSale({
  paymentIntentId: 'pi_1',
  attempts: [{ terminalId: 'tm_1', sessionId: 'ts_1', signature: 'accepted' }],
})
const input = { payment, nowMs: 0, order: undefined, currency: 'GBP' }

t.test('what comes too late is no fault: Dojo shows what there is instead', async (t) => {
  for (const status of [400, 404, 409]) {
    t.match(await performStep(refusing(status), 'cancel-intent', input), {
      found: 'shown',
      facts: { status: 'Captured' },
    })
    t.match(await performStep(refusing(status), 'cancel-session', input), {
      found: 'cancel-sent',
      problem: String,
    })
    t.match(await performStep(refusing(status), 'answer-signature', input), {
      found: 'signature-sent',
      problem: String,
    })
  }
})

t.test('where Dojo fails, nobody knows, and the step is tried again', async (t) => {
  for (const step of ['cancel-intent', 'cancel-session', 'answer-signature'] as const) {
    for (const status of [500, 503]) {
      await t.rejects(performStep(refusing(status), step, input), { name: 'DojoRefusal', status })
    }
    const broken = { call: async () => await Promise.reject(new TypeError('no fault of Dojo')) }
    await t.rejects(performStep(broken as unknown as DojoClient, step, input), TypeError)
  }
})
