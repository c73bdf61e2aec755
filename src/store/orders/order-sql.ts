// What several statements say of an order, in SQL that is made from the domain's words.
import { finalStatuses } from '../../domain/orders/order.ts'
import { listOf } from '../database/json-sql.ts'

/** The order of this alias leads nowhere any more. */
export const isFinalSql = (order: string): string => `${order}.status IN ${listOf(finalStatuses)}`

/** It can still change. The partial indexes of open orders have the same words. */
export const isOpenSql = (order: string): string =>
  `${order}.status NOT IN ${listOf(finalStatuses)}`

/** What people call the order `o`, which stands on the table `t`. */
export const NAME_OF_ORDER = 'coalesce(o.display_name, t.name, o.reference)'
