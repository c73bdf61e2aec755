// A sale or a refund on a card machine, as a scenario follows it: the till starts it, the machine
// goes on step by step, and the till shows what came of it.
import type { DojoCall } from '../dojo/simulation.ts'
import type { IntentRecord, SessionRecord, Terminal } from '../dojo/state.ts'
import { isOver } from '../dojo/session-steps.ts'
import { pause, type CounterPlay } from './play.ts'
import type { SaleTask, Shows, Task, TillAnswer } from './till.ts'

export interface Started {
  name: string
  terminal: Terminal
  answer: TillAnswer
  /** The session on the machine, once it has arrived; the newest one after a retry. */
  session: SessionRecord | undefined
}

/** The machine whose TID ends so. */
export function machine({ account }: CounterPlay, ending: string): Terminal {
  return [...account.terminals.values()].find(({ properties }) => properties.tid.endsWith(ending))!
}

export const at = ({ id, properties: { tid } }: Terminal): { terminalId: string; tid: string } => ({
  terminalId: id,
  tid,
})

/** Neither an amount that a machine with AMT0 takes for a sign, nor a round one. */
export const AMOUNT_MINOR = 1_204
/** Above this a card is inserted, and its PIN entered. */
export const INSERTED_MINOR = 12_340

export type SaleOptions = Partial<Omit<SaleTask, 'sale' | 'terminalId' | 'tid'>>

/** Has the till start a sale on the machine with this ending, whatever becomes of it. */
export async function ask(
  play: CounterPlay,
  ending: string,
  options: SaleOptions = {},
): Promise<Started> {
  const terminal = machine(play, ending)
  const name = play.newName('sale')
  const task: Task = {
    do: 'sale',
    sale: name,
    ...at(terminal),
    amountMinor: AMOUNT_MINOR,
    captureMode: 'Auto',
    ...options,
  }
  return await begin(play, { name, terminal, task })
}

/** The same, and the machine that was named gets a session. @throws ExpectationFailed */
export async function start(
  play: CounterPlay,
  ending: string,
  options: SaleOptions = {},
): Promise<Started> {
  return await play.step(`Start a sale on the machine that ends in ${ending}`, async () => {
    const started = await ask(play, ending, options)
    expectSession(play, started)
    return started
  })
}

/** Sends a task that puts a session on a machine, and waits for the session. */
export async function begin(
  play: CounterPlay,
  { name, terminal, task }: { name: string; terminal: Terminal; task: Task },
): Promise<Started> {
  const from = play.calls().length
  const answer = await play.tell(task)
  const call =
    answer.refused === undefined
      ? await play.arrives(isSession, { from, withinMs: play.times.showMs })
      : undefined
  const { id } = (call?.received ?? {}) as { id?: string }
  return { name, terminal, answer, session: play.account.sessions.get(id ?? '') }
}

const CREATE = 'TerminalSession_Create'

/** Accepted, or its answer was lost. */
function isSession({ operation, status = 200 }: DojoCall): boolean {
  return operation === CREATE && status === 200
}

/** @throws ExpectationFailed */
export function expectSession(play: CounterPlay, { session, terminal, answer }: Started): void {
  play.expect(
    'POST /terminal-sessions arrives and is accepted',
    session !== undefined,
    answer.refused ?? 'no session',
    'Create the payment intent, then a terminal session for it on the machine that was chosen.',
  )
  play.expect(
    `the session is on the machine ${terminal.properties.tid}`,
    session!.shown.terminalId === terminal.id,
    session!.shown.terminalId,
    'Send the id of the machine that the cashier chose; none is fixed in the till.',
  )
}

/** @throws ExpectationFailed when the sale has no intent of its own */
export function intentOf(play: CounterPlay, { session }: Started): IntentRecord {
  const id = session?.shown.details?.sale?.paymentIntentId
  const record = id === undefined ? undefined : play.account.intents.get(id)
  play.expect(
    'the session names a payment intent of this sale',
    record !== undefined && play.intents().includes(record),
    id ?? 'no payment intent',
    'Create a payment intent for each sale.',
  )
  return record!
}

// --- the machine goes on

/** The machine takes its next step, once the till has seen it as it is. */
export async function nextStep(play: CounterPlay, { session }: Started): Promise<boolean> {
  await seen(play, session!)
  return await play.machines.step(play.simulation, session!.shown.id)
}

/** Whether the till looks how the session is doing, within the time of a poll. */
export async function seen(
  play: CounterPlay,
  { shown }: SessionRecord,
  withinMs: number = play.times.pollMs,
): Promise<boolean> {
  const from = play.calls().length
  const { sale, matchedRefund } = shown.details ?? {}
  // A till that has lost the session looks at the intent.
  const intentId = (sale ?? matchedRefund)?.paymentIntentId
  const polled = intentId === undefined ? [shown.id] : [shown.id, intentId]
  const call = await play.arrives(
    ({ method, path }) => method === 'GET' && polled.some((id) => path.includes(id)),
    { from, withinMs },
  )
  return call !== undefined
}

/** The machine goes on until this is so. */
export async function goOn(
  play: CounterPlay,
  started: Started,
  until: (session: SessionRecord) => boolean,
): Promise<void> {
  for (let step = 0; step < MOST_STEPS && !until(started.session!); step++) {
    if (isOver(started.session!) || !(await nextStep(play, started))) return
  }
}

const MOST_STEPS = 20

export const isPrompting = ({ shown }: SessionRecord): boolean =>
  shown.notificationEvents.length > 0
export const wantsSignature = ({ shown }: SessionRecord): boolean =>
  shown.status === 'SignatureVerificationRequired'
export const hasRead = ({ cardRead }: SessionRecord): boolean => cardRead

export async function toTheEnd(play: CounterPlay, started: Started): Promise<void> {
  await play.step('The machine finishes', async () => {
    await goOn(play, started, isOver)
    play.note(`The session is ${started.session!.shown.status}.`)
    await noticed(play, started.name)
  })
}

/** The till may take the machine for busy until it has seen that the session is over. */
export async function noticed(play: CounterPlay, name: string): Promise<void> {
  if (play.till.isPerson) return
  const untilMs = performance.now() + play.times.pollMs
  while (performance.now() < untilMs) {
    const { shows: shown } = await play.till.ask({ do: 'look', sale: name })
    if (shown === undefined || OVER.has(shown.result)) return
    await pause(play.times.lookEveryMs)
  }
}

const OVER: ReadonlySet<string> = new Set([
  'Authorized',
  'Captured',
  'Declined',
  'Canceled',
  'Expired',
  'Refunded',
])

// --- what the till shows

/** The till shows this sooner or later. @throws ExpectationFailed */
export async function shows(
  play: CounterPlay,
  { name }: Pick<Started, 'name'>,
  { what, holds, advice }: { what: string; holds: (shown: Shows) => boolean; advice?: string },
): Promise<Shows> {
  const untilMs = performance.now() + play.times.showMs
  for (;;) {
    const { shows: shown, refused } = await play.till.ask({ do: 'look', sale: name })
    const isIt = shown !== undefined && holds(shown)
    if (isIt || play.till.isPerson || performance.now() > untilMs) {
      play.expect(what, isIt, shown ?? refused, advice)
      return shown!
    }
    await pause(play.times.lookEveryMs)
  }
}

/** The till shows this result. @throws ExpectationFailed */
export async function showsResult(
  play: CounterPlay,
  started: Pick<Started, 'name'>,
  result: string,
): Promise<Shows> {
  return await play.step(`Look at the till: ${result}`, async () => {
    return await shows(play, started, {
      what: `the till shows ${result}`,
      holds: (shown) => shown.result === result,
      advice:
        'Poll the terminal session until it is over, read the payment intent, and show its status.',
    })
  })
}

/** A sale that the machine approves, to its end. @throws ExpectationFailed */
export async function paidSale(
  play: CounterPlay,
  options: SaleOptions & { ending?: string } = {},
): Promise<Started> {
  const { ending = 'AIP0', ...sale } = options
  const started = await start(play, ending, sale)
  await toTheEnd(play, started)
  await showsResult(play, started, sale.captureMode === 'Manual' ? 'Authorized' : 'Captured')
  return started
}

/** How much of the guest's money Dojo has from this scenario, what went back excluded. */
function takenMinor(play: CounterPlay): number {
  let sum = 0
  for (const { shown, capturedMinor, refundedMinor } of play.intents()) {
    if (shown.status !== 'Reversed') sum += capturedMinor - refundedMinor
  }
  return sum
}

/** The guest was charged this much and no more. @throws ExpectationFailed */
export async function expectTaken(play: CounterPlay, amountMinor: number): Promise<void> {
  await play.step('Count the money at Dojo', async () => {
    play.expect(
      `Dojo took ${amountMinor} from the guest`,
      takenMinor(play) === amountMinor,
      takenMinor(play),
      'Whatever was lost or late, a guest is charged once: find out what became of a payment ' +
        'before you start another, and try again on the same payment intent.',
    )
  })
}

/** Nothing new reaches a machine by itself. @throws ExpectationFailed */
export async function expectQuiet(play: CounterPlay): Promise<void> {
  await play.step('The till starts nothing by itself', async () => {
    const from = play.calls().length
    const call = await play.arrives(({ operation }) => operation === CREATE, {
      from,
      withinMs: play.times.quietMs,
    })
    play.expect(
      'no new session',
      call === undefined,
      'POST /terminal-sessions',
      'Only a person who has looked at the machine decides to charge a guest again.',
    )
  })
}
