// The last requests of Dojo to each venue: written together, read a page at a time, and deleted
// when there are newer ones.
import type { Page, PageRequest } from '../../domain/page.ts'
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Value } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'
import { NAME_OF_ORDER } from '../orders/order-sql.ts'

/** A request and what became of it. */
export interface DojoRequest {
  requestId: string
  capability: string
  transport: string
  status: number
  /** These three are undefined when it was answered. */
  errorType: string | undefined
  reason: string | undefined
  sentence: string | undefined
  durationUs: number
  traceId: string
  /** The order and the payment that it names. */
  orderId: string | undefined
  paymentIntentId: string | undefined
  waiterId: string | undefined
  deviceId: string | undefined
  deviceType: string | undefined
  product: string | undefined
  /** Requests just before it that came too fast to be kept. */
  droppedBefore: number
}

export interface NewDojoRequest extends DojoRequest {
  locationId: string
  /** How long ago it was answered. */
  ageSeconds: number
}

export interface ListedDojoRequest extends DojoRequest {
  at: Date
  /** The name, table or reference of the order that it names, if the venue has that order. */
  orderName: string | undefined
}

const insert: Statement = {
  name: 'dojo_requests_insert',
  text: `INSERT INTO dojo_requests (location_id, request_id, at, capability, transport, status, error_type, reason, sentence,
      duration_us, trace_id, order_id, payment_intent_id, caller_waiter_id, caller_device_id, caller_device_type, caller_product,
      dropped_before)
    SELECT x."locationId", x."requestId", now() - make_interval(secs => x."ageSeconds"), x.capability, x.transport,
      x.status, x."errorType", x.reason, x.sentence, x."durationUs", x."traceId", x."orderId", x."paymentIntentId", x."waiterId",
      x."deviceId", x."deviceType", x.product, x."droppedBefore"
    FROM jsonb_to_recordset($1::jsonb) AS x("locationId" text, "requestId" text, "ageSeconds" float8, capability text,
      transport text, status smallint, "errorType" text, reason text, sentence text, "durationUs" int, "traceId" text,
      "orderId" text, "paymentIntentId" text, "waiterId" text, "deviceId" text, "deviceType" text, product text, "droppedBefore" int)
      JOIN locations l ON l.location_id = x."locationId"`,
}

const insertOne: Statement = {
  name: 'dojo_request_insert',
  text: `INSERT INTO dojo_requests (location_id, request_id, at, capability, transport, status, error_type, reason, sentence,
      duration_us, trace_id, order_id, payment_intent_id, caller_waiter_id, caller_device_id, caller_device_type, caller_product,
      dropped_before)
    VALUES ($1, $2, now() - make_interval(secs => $3::float8), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
}

function valuesOf(request: NewDojoRequest): Value[] {
  const { locationId, requestId, ageSeconds, capability, transport, status } = request
  const { errorType, reason, sentence, durationUs, traceId, orderId, paymentIntentId } = request
  const { waiterId, deviceId, deviceType, product, droppedBefore } = request
  return [
    ...[locationId, requestId, ageSeconds, capability, transport, status],
    ...[errorType, reason, sentence, durationUs, traceId, orderId, paymentIntentId],
    ...[waiterId, deviceId, deviceType, product, droppedBefore],
  ]
}

/** For several venues, in one statement. Every text is well-formed and without U+0000. */
export async function insertRequests(
  database: Queryable,
  requests: readonly NewDojoRequest[],
): Promise<void> {
  if (database.isDistributed) {
    for (const each of requests) await database.rows(insertOne, valuesOf(each))
    return
  }
  await database.rows(insert, [JSON.stringify(requests)])
}

// The newest ones stay. Those that were refused are counted apart, so that no flood of others
// drives them out.
const deleteOlder: Statement = {
  name: 'dojo_requests_delete_older',
  text: `DELETE FROM dojo_requests WHERE location_id = $1 AND (error_type IS NOT NULL) = $2::boolean AND (at, request_id) < (
      SELECT n.at, n.request_id FROM dojo_requests n WHERE n.location_id = $1 AND (n.error_type IS NOT NULL) = $2::boolean
      ORDER BY n.at DESC, n.request_id DESC OFFSET $3 LIMIT 1)`,
}

const deleteOlderOfSeveral: Statement = {
  name: 'dojo_requests_delete_older_several',
  text: `DELETE FROM dojo_requests r USING unnest($1::text[]) AS v(location_id)
      CROSS JOIN (VALUES (false, $2::int), (true, $3::int)) AS k(is_refused, newer)
      CROSS JOIN LATERAL (SELECT n.at, n.request_id FROM dojo_requests n
        WHERE n.location_id = v.location_id AND (n.error_type IS NOT NULL) = k.is_refused
        ORDER BY n.at DESC, n.request_id DESC OFFSET k.newer LIMIT 1) AS oldest
    WHERE r.location_id = v.location_id AND (r.error_type IS NOT NULL) = k.is_refused
      AND (r.at, r.request_id) < (oldest.at, oldest.request_id)`,
}

export async function deleteOlderRequests(
  database: Queryable,
  locationIds: readonly string[],
): Promise<void> {
  const [answered, refused] = [limits.answeredRequestsKept - 1, limits.refusedRequestsKept - 1]
  if (!database.isDistributed) {
    await database.rows(deleteOlderOfSeveral, [locationIds, answered, refused])
    return
  }
  for (const locationId of locationIds) {
    await database.rows(deleteOlder, [locationId, false, answered])
    await database.rows(deleteOlder, [locationId, true, refused])
  }
}

const deleteOld: Statement = {
  name: 'dojo_requests_delete_old',
  text: `DELETE FROM dojo_requests WHERE at < now() - make_interval(days => ${limits.requestKeptDays})`,
}

export async function deleteOldRequests(database: Queryable): Promise<void> {
  await database.rows(deleteOld, [])
}

type RequestRow = Omit<Row<'DojoRequest'>, 'location_id'> & { order_name: string | null }

const COLUMNS = `r.request_id, r.at, r.capability, r.transport, r.status, r.error_type, r.reason, r.sentence, r.duration_us, r.trace_id,
  r.order_id, r.payment_intent_id, r.caller_waiter_id, r.caller_device_id, r.caller_device_type, r.caller_product, r.dropped_before,
  coalesce(${NAME_OF_ORDER}, o.order_id) AS order_name`
const SOURCE = `FROM dojo_requests r
  LEFT JOIN orders o ON o.location_id = r.location_id AND o.order_id = r.order_id
  LEFT JOIN tables t ON t.location_id = r.location_id AND t.table_id = o.table_id`

export interface RequestFilter {
  refusedOnly?: boolean | undefined
  capability?: string | undefined
  /** What the request, its order, its caller or its refusal has in it, in any case of letters. */
  search?: string | undefined
}

const SEARCHED = `lower(concat_ws(' ', r.capability, r.trace_id, r.order_id, o.display_name, t.name, o.reference, r.payment_intent_id,
  r.caller_device_id, r.caller_waiter_id, r.caller_product, r.reason, r.sentence))`

/** Newest first. */
export async function listRequests(
  database: Queryable,
  locationId: string,
  { refusedOnly, capability, search }: RequestFilter,
  page: PageRequest,
): Promise<Page<ListedDojoRequest>> {
  const conditions: Condition[] = [{ tag: 'v', sql: 'r.location_id = ?', value: locationId }]
  if (refusedOnly === true) conditions.push({ tag: 'r', sql: 'r.error_type IS NOT NULL' })
  if (capability !== undefined) {
    conditions.push({ tag: 'c', sql: 'r.capability = ?', value: capability })
  }
  if (search !== undefined) {
    conditions.push({ tag: 's', sql: `strpos(${SEARCHED}, lower(?)) > 0`, value: search })
  }
  return await readPage<RequestRow, ListedDojoRequest>(
    database,
    {
      name: 'dojo_requests',
      columns: COLUMNS,
      source: SOURCE,
      conditions,
      order: { at: 'r.at', id: 'r.request_id', descending: true, atType: 'timestamptz' },
    },
    page,
    { keyOf: (row) => ({ at: row.at.getTime(), id: row.request_id }), resultOf: requestOf },
  )
}

const readOne: Statement = {
  name: 'dojo_request_read',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND r.request_id = $2`,
}

/** Undefined when the venue has none with this id, or no longer. */
export async function readRequest(
  database: Queryable,
  locationId: string,
  requestId: string,
): Promise<ListedDojoRequest | undefined> {
  const [row] = await database.rows<RequestRow>(readOne, [locationId, requestId])
  return row && requestOf(row)
}

function requestOf(row: RequestRow): ListedDojoRequest {
  return {
    requestId: row.request_id,
    at: row.at,
    capability: row.capability,
    transport: row.transport,
    status: row.status,
    errorType: row.error_type ?? undefined,
    reason: row.reason ?? undefined,
    sentence: row.sentence ?? undefined,
    durationUs: row.duration_us,
    traceId: row.trace_id,
    orderId: row.order_id ?? undefined,
    orderName: row.order_name ?? undefined,
    paymentIntentId: row.payment_intent_id ?? undefined,
    waiterId: row.caller_waiter_id ?? undefined,
    deviceId: row.caller_device_id ?? undefined,
    deviceType: row.caller_device_type ?? undefined,
    product: row.caller_product ?? undefined,
    droppedBefore: row.dropped_before,
  }
}
