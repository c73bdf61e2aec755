// Pages of payment intents.
import type { DojoInput, DojoOutput } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import type { ShownIntent } from './payment-intents.ts'
import { badRequest } from './problem.ts'
import type { Account } from './state.ts'

/**
 * Newest first. A cursor is the id of the intent at the edge of a page; that intent need not match
 * the search any more.
 */
export function searchIntents(
  account: Account,
  { statuses, startDate, endDate, cursor }: DojoInput<'PaymentIntents_Search'>,
): DojoOutput<'PaymentIntents_Search'> {
  const from = startDate == null ? -Infinity : Date.parse(startDate)
  const to = endDate == null ? Infinity : Date.parse(endDate)
  const all = [...account.intents.values()]
    .filter(({ viaCounter }) => viaCounter !== true)
    .reverse()
    .map(({ shown }) => shown)
  const fits = ({ status, createdAt }: ShownIntent): boolean =>
    (statuses == null || statuses.length === 0 || statuses.includes(status)) &&
    Date.parse(createdAt) >= from &&
    Date.parse(createdAt) <= to
  const after = positionOf(all, cursor?.after, 'after') ?? -1
  const before = positionOf(all, cursor?.before, 'before') ?? all.length
  const fitting = all.slice(after + 1, before).filter(fits)
  const limit = cursor?.limit ?? limits.defaultPageRows
  const data = cursor?.before == null ? fitting.slice(0, limit) : fitting.slice(-limit)
  const first = data.length === 0 ? -1 : all.indexOf(data[0]!)
  const last = data.length === 0 ? all.length : all.indexOf(data.at(-1)!)
  return {
    data,
    before: all.slice(0, Math.max(0, first)).some(fits) ? data[0]!.id : null,
    after: all.slice(last + 1).some(fits) ? data.at(-1)!.id : null,
  }
}

function positionOf(
  intents: Array<{ id: string }>,
  id: string | null | undefined,
  name: string,
): number | undefined {
  if (id == null) return undefined
  const position = intents.findIndex((intent) => intent.id === id)
  if (position < 0) {
    throw badRequest(`The cursor \`${id}\` did not come from this search.`, {
      [`cursor.${name}`]: ['must come from an earlier page'],
    })
  }
  return position
}
