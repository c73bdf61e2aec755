// What a till is shown of a message that waits for Dojo.
import t from 'tap'
import type { WaitingJob } from '../../../src/store/jobs/backlog.ts'
import { workView } from '../../../src/till/kit/work-view.ts'

const QUEUED = '2026-03-06T19:00:00.000Z'
const NEXT = '2026-03-06T19:05:00.000Z'
const OVER = '2026-03-07T19:00:00.000Z'

const job = (more: Partial<WaitingJob> = {}): WaitingJob => ({
  locationId: 'loc_1',
  kind: 'OrderUpdated',
  entityId: 'ord_1',
  queuedAt: new Date(QUEUED),
  attempts: 0,
  nextAttemptAt: new Date(NEXT),
  lastError: null,
  deadAt: null,
  keyRefusedAt: null,
  ...more,
})

t.test('its state, and when it is tried again', async (t) => {
  const dead = { deadAt: new Date(OVER), attempts: 30 }
  const refused = { keyRefusedAt: new Date(QUEUED), attempts: 1 }
  const given = { nextAttemptAt: undefined, givenUpAt: OVER }
  const waits = { nextAttemptAt: NEXT, givenUpAt: undefined }
  for (const [what, of, expected] of [
    ['not tried yet', {}, { state: 'Waiting', ...waits }],
    ['tried', { attempts: 2, lastError: '503' }, { state: 'Retrying', lastError: '503', ...waits }],
    ['the key is refused', refused, { state: 'Paused', ...waits }],
    ['given up', dead, { state: 'GivenUp', ...given }],
    ['given up, and the key is refused', { ...refused, ...dead }, { state: 'GivenUp', ...given }],
  ] as const) {
    const shown = workView(job(of))
    t.match(shown, { kind: 'OrderUpdated', id: 'ord_1', queuedAt: QUEUED, ...expected }, what)
  }
})
