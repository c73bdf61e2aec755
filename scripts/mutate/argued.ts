// Edits that were looked at and that no test needs to notice, each with its reason. `npm run
// mutate` leaves out those that change nothing, and counts the others as survivors.
import { named, type Mutant } from './mutants.ts'

export interface Argued {
  path: string
  /** Part of the line that no other line of the file has, unless it is the same line again. */
  line: string
  /** Where it is the whole line, and also a part of others. */
  isWholeLine?: true
  /** All edits of the line that replace this, or, without it, all edits of the line. */
  before?: string
  /** It changes nothing that anybody could see. Else it is one that a test could notice. */
  changesNothing: boolean
  because: string
}

const ARGUED: readonly Argued[] = [
  {
    path: 'src/domain/orders/sample-order.ts',
    line: 'position: 1,',
    changesNothing: true,
    because: 'the sample has one discount, and positions only say which comes first',
  },
  {
    path: 'src/domain/orders/mirror.ts',
    line: 'position: index + 1,',
    before: '1',
    changesNothing: true,
    because: 'positions only say which comes first',
  },
  {
    path: 'src/store/database/notifications.ts',
    line: "signal.addEventListener('abort', resolve, { once: true })",
    changesNothing: true,
    because: 'a signal is aborted once, and a promise resolved once',
  },
  {
    path: 'src/store/database/embedded-postgres.ts',
    line: 'rmSync(path, { force: true })',
    isWholeLine: true,
    before: 'true',
    changesNothing: false,
    because: 'the lock is there when it is given back, unless somebody deletes it by hand',
  },
  {
    path: 'src/dojo/jobs/worker.ts',
    line: 'let isRequested = false',
    changesNothing: true,
    because: 'nothing runs before a request, which sets it',
  },
  {
    path: 'src/dojo/held-sockets/dispatcher.ts',
    line: 'bodyTimeout: 0',
    changesNothing: true,
    because: 'a handshake that is accepted has no body that could take too long',
  },
  {
    path: 'src/domain/orders/discounts.ts',
    line: 'function mustComeOffWhole(before: Order, after: Order, { askedMinor = 0 }',
    before: '0',
    changesNothing: true,
    because: 'only an amount that was asked for can be too much, and it is there',
  },
  {
    path: 'src/store/payments/intents.ts',
    line: 'replyLostSeconds: lostAt === null',
    before: '1000',
    changesNothing: false,
    because: 'a thousandth of a quarter of an hour',
  },
  {
    path: 'src/store/orders/order-parts.ts',
    line: 'const again = [...names.slice(1), ...who]',
    changesNothing: false,
    because:
      'the kind of a lock only changes under one id when Dojo takes the id of a hold that a till ' +
      'has ended, which is made here and random',
  },
  {
    path: 'src/till/paper/printed-bill/text.ts',
    line: 'if (modules.length > COLUMNS) return letters.map(lineOf)',
    before: '>',
    changesNothing: true,
    because: 'a code has an odd number of modules, and the paper an even number of columns',
  },
  {
    path: 'src/domain/payments/card-payment-steps.ts',
    line: 'const { cancelWantedAtMs = 0, wanted } = payment',
    before: '0',
    changesNothing: true,
    because: 'a cancellation that nobody wanted is as long ago as 1970, to the millisecond or not',
  },
  {
    path: 'src/till/kit/problems.ts',
    line: 'const STATUS: Record<RefusalType, number>',
    changesNothing: true,
    because:
      'what a till is refused for has a code with a status: only the compiler needs this one',
  },
  {
    path: 'src/dojo/held-sockets/sockets.ts',
    line: 'await renew(own).catch(() => {})',
    changesNothing: false,
    because: 'the next renewal comes a second later, and a lease lasts four',
  },
  {
    path: 'src/store/orders/payment-parts.ts',
    line: "const moved = { kind: 'Recorded', amountMinor: 0",
    changesNothing: true,
    because: 'the bench sends the statement with values of its own',
  },
  {
    path: 'src/domain/orders/new-order.ts',
    line: 'const nearer = Math.abs(fromOnTop) < Math.abs(fromIncluded)',
    before: '<',
    changesNothing: false,
    because: 'where both sums are as near to the total, either difference is true',
  },
]

/** The edits of a file that are argued, by their names, and what is said of them. */
export function arguedIn(mutants: readonly Mutant[]): Map<string, Argued> {
  const found = new Map<string, Argued>()
  for (const [name, mutant] of named(mutants)) {
    const argued = ARGUED.find((one) => isSaidOf(one, mutant))
    if (argued !== undefined) found.set(name, argued)
  }
  return found
}

/**
 * @param mutantsIn every edit that can be made to the file of this path
 * @returns what is argued of an edit that cannot be made any more, or of several lines
 */
export function outdatedArguments(mutantsIn: (path: string) => readonly Mutant[]): string[] {
  return ARGUED.filter((one) => {
    const mutants = mutantsIn(one.path).filter((mutant) => isSaidOf(one, mutant))
    return new Set(mutants.map(({ around }) => around)).size !== 1
  }).map(({ path, line }) => `${path}: ${line}`)
}

function isSaidOf({ path, line, isWholeLine, before }: Argued, mutant: Mutant): boolean {
  return (
    mutant.path === path &&
    (isWholeLine ? mutant.around === line : mutant.around.includes(line)) &&
    (before === undefined || mutant.before === before)
  )
}
