// prisma/schema.prisma and the migrations agree, and the database keeps its rules for every writer.
import pg from 'pg'
import t, { type Test } from 'tap'
import { limits } from '../../src/limits.ts'
import { createPool } from '../../src/store/database/pool.ts'
import {
  migrate,
  migrationNames,
  pendingMigrations,
  schemaSql,
} from '../../src/store/database/migrations.ts'
import { CALLER_TRIGGERS } from '../../src/store/venue/caller-changes.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { expireLock, gbp, inSeconds, newOrder, newTables } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import { newMenu } from '../support/till.ts'
import { newParty, newReservation, NINE, SEVEN, until } from '../support/visits.ts'

type Catalog = Record<string, string>

const OTHERS = `SELECT c.relkind::text || ' ' || c.relname AS name, '' AS definition FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('r', 'i')
        UNION ALL SELECT 'rule ' || rulename, definition FROM pg_rules WHERE schemaname = 'public'
        UNION ALL SELECT 'policy ' || policyname, tablename FROM pg_policies WHERE schemaname = 'public'
        UNION ALL SELECT 'function ' || p.oid::regprocedure, '' FROM pg_proc p
          WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`

/** Everything that a database is made of, by name, as PostgreSQL describes it. */
async function catalogOf(
  databaseUrl: string,
): Promise<
  Record<
    | 'columns'
    | 'generated'
    | 'constraints'
    | 'indexes'
    | 'enums'
    | 'extensions'
    | 'triggers'
    | 'others',
    Catalog
  >
> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const read = async (sql: string): Promise<Catalog> => {
    const { rows } = await client.query<{ name: string; definition: string }>(sql)
    const catalog = Object.fromEntries(rows.map(({ name, definition }) => [name, definition]))
    if (Object.keys(catalog).length !== rows.length) throw new Error('names are not unique')
    return catalog
  }
  try {
    return {
      columns: await read(`SELECT c.relname || '.' || a.attname AS name,
          format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text || a.attgenerated::text AS definition
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relname <> '_prisma_migrations'`),
      generated:
        await read(`SELECT c.relname || '.' || a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS definition
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND a.attgenerated <> '' AND NOT a.attisdropped`),
      // That a column is not null is compared with the columns.
      constraints:
        await read(`SELECT o.conname AS name, c.relname || ': ' || pg_get_constraintdef(o.oid) AS definition
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
        WHERE o.connamespace = 'public'::regnamespace AND o.contype <> 'n' AND c.relname <> '_prisma_migrations'`),
      indexes: await read(
        `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
          WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
      ),
      enums:
        await read(`SELECT t.typname AS name, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) AS definition
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.typname`),
      extensions: await read(
        "SELECT extname AS name, '' AS definition FROM pg_extension WHERE extname <> 'plpgsql'",
      ),
      triggers: await read(
        'SELECT tgname AS name, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE NOT tgisinternal',
      ),
      others: await read(OTHERS),
    }
  } finally {
    await client.end()
  }
}

const BEGINS_WITH_VENUE =
  /: ((PRIMARY KEY|UNIQUE|FOREIGN KEY) \(location_id\b|EXCLUDE USING gist \(location_id WITH =)/

/** Operators are of no venue, and neither are Dojo's gateway and the work over all venues. */
const isOfNoVenue = (name: string): boolean => /^(operator|socket_gateways|duties)/.test(name)

/** What is in the first and not, or otherwise, in the second. */
const missing = (wanted: Catalog, there: Catalog): Catalog =>
  Object.fromEntries(
    Object.entries(wanted).filter(([name, definition]) => there[name] !== definition),
  )

t.test('the schema and the migrations agree', async (t) => {
  const ofSchema = await emptyDatabase(t)
  const pool = createPool({ databaseUrl: ofSchema, poolSize: 1 })
  await pool.query(await schemaSql(ofSchema))
  await pool.end()
  const schema = await catalogOf(ofSchema)
  const migrated = await catalogOf(await freshDatabase(t))

  t.ok(Object.keys(schema.columns).length > 150, 'the schema was read')
  t.strictSame(
    missing(schema.columns, migrated.columns),
    {},
    'every column of the schema, with its type, nullability and default',
  )
  t.strictSame(missing(migrated.columns, schema.columns), {}, 'and no column more')
  t.strictSame(missing(schema.enums, migrated.enums), {})
  t.strictSame(missing(migrated.enums, schema.enums), {})
  t.strictSame(
    missing(schema.constraints, migrated.constraints),
    {},
    'every primary and foreign key',
  )
  t.strictSame(
    Object.entries(migrated.constraints).filter(([, rule]) => rule.includes('ON UPDATE')),
    [],
    'no foreign key cascades an update: PostgreSQL distributed by Citus refuses those',
  )
  t.strictSame(missing(schema.indexes, migrated.indexes), {}, 'every index, unique or not')
  t.strictSame(
    Object.keys(migrated.generated).sort(),
    ['orders.payable', 'orders.to_book'],
    'Prisma has no words for these',
  )
  t.strictSame(schema.triggers, {})
  t.strictSame(schema.others, {})

  t.test(
    'the migrations have more than the schema only where Prisma has no words for it',
    async (t) => {
      const constraints = missing(migrated.constraints, schema.constraints)
      const kinds = (kind: string): string[] =>
        Object.entries(constraints)
          .filter(([, definition]) => definition.includes(`: ${kind} `))
          .map(([name]) => name)
          .sort()
      t.strictSame(kinds('EXCLUDE'), ['reservation_tables_alone_excl'])
      const checks = kinds('CHECK')
      t.strictSame(checks, [
        'business_days_closed_check',
        'business_days_float_check',
        'card_payments_amount_check',
        'card_payments_cashback_check',
        'card_payments_unlinked_check',
        'inbox_order_check',
        'locations_cash_rounding_check',
        'locations_cashback_check',
        'locations_counter_check',
        'locations_inbox_minutes_check',
        'locations_service_charge_check',
        'locations_service_charge_tax_check',
        'locations_unlinked_refund_check',
        'menu_items_price_check',
        'menu_items_takeaway_tax_rate_check',
        'menu_items_tax_rate_check',
        'order_discounts_amount_check',
        'order_discounts_asked_check',
        'order_lines_amount_check',
        'order_lines_both_rates_check',
        'order_lines_dine_in_tax_rate_check',
        'order_lines_parent_check',
        'order_lines_quantity_check',
        'order_lines_takeaway_tax_rate_check',
        'order_lines_tax_rate_check',
        'order_tax_lines_amount_check',
        'order_tax_lines_given_check',
        'orders_booked_check',
        'orders_covers_check',
        'orders_final_check',
        'orders_mirror_check',
        'orders_mirror_waiting_check',
        'orders_paid_check',
        'orders_service_charge_check',
        'orders_service_rule_check',
        'orders_service_tax_check',
        'orders_tips_check',
        'orders_total_check',
        'parties_deposit_check',
        'parties_times_check',
        'payment_intents_amount_check',
        'payment_intents_refunded_check',
        'payment_intents_tips_check',
        'payment_intents_unmatched_check',
        'payments_amount_check',
        'payments_intent_check',
        'payments_refunded_check',
        'payments_refunded_tips_check',
        'payments_rounding_check',
        'payments_tendered_check',
        'payments_tips_check',
        'payments_void_check',
        'refunds_amount_check',
        'refunds_before_check',
        'refunds_resolved_check',
        'reservation_tables_times_check',
        'reservations_times_check',
        'tables_max_covers_check',
        'webhook_deliveries_end_check',
        'webhook_endpoints_disabled_check',
      ])
      t.equal(
        Object.keys(constraints).length,
        checks.length + 1,
        'nothing but checks and the exclusion',
      )

      const indexes = missing(migrated.indexes, schema.indexes)
      t.strictSame(Object.keys(indexes).sort(), [
        'areas_name_key',
        'business_days_open_key',
        'card_payments_intent_key',
        'card_payments_over_socket',
        'card_payments_share_key',
        'card_payments_under_way',
        'card_payments_unlinked',
        'card_payments_unlinked_of_day',
        'card_payments_with_cashback',
        'inbox_not_told',
        'order_history_exceptions',
        'order_lines_in_kitchen',
        'order_locks_live_key',
        'order_locks_live_until',
        'orders_mirror_waiting',
        'orders_open',
        'orders_payable',
        'orders_payable_of_table',
        'orders_to_book',
        'party_tables_alone_key',
        'payment_intents_unmatched',
        'payment_movements_unclaimed',
        'payments_of_deposit',
        'refunds_open_key',
        'reservation_tables_alone_excl', // of the exclusion constraint
        'socket_payments_of_card_payment',
        'tables_name_key',
        'till_tokens_operator_key',
        'webhook_deliveries_delivered',
        'webhook_deliveries_due',
      ])
      t.ok(
        Object.values(indexes).every((definition) => / WHERE /.test(definition)),
        'each is partial',
      )
      t.strictSame(Object.keys(missing(migrated.extensions, schema.extensions)), ['btree_gist'])
    },
  )

  t.test('no index of orders names what every change or payment writes', async (t) => {
    const ofOrders = Object.entries(migrated.indexes).filter(([, text]) =>
      / ON public\.orders /.test(text),
    )
    t.ok(ofOrders.length > 10)
    const written = /\b(version|updated_at|paid_minor|tips_minor|total_minor)\b/
    t.strictSame(
      ofOrders.filter(([, text]) => written.test(text)),
      [],
      'else each would write to every index of the table',
    )
  })

  t.test('there are no rules, views or sequences, and triggers of one kind', async (t) => {
    t.strictSame(
      Object.keys(migrated.triggers).sort(),
      CALLER_TRIGGERS.map(({ name }) => name),
      'which servers look for',
    )
    t.strictSame(migrated.others, { 'function note_caller_change()': '' })
  })

  t.test(
    'every key begins with the venue, but for the username and the token, which find it, and ' +
      'for operators, who are of no venue',
    async (t) => {
      const keys = Object.entries(migrated.constraints).filter(
        ([name, definition]) =>
          /: (PRIMARY KEY|UNIQUE|FOREIGN KEY|EXCLUDE)/.test(definition) && !isOfNoVenue(name),
      )
      t.ok(keys.length > 40)
      t.strictSame(
        keys.filter(([, definition]) => !BEGINS_WITH_VENUE.test(definition)),
        [],
      )
      const foreign = keys.filter(([, definition]) => definition.includes('FOREIGN KEY'))
      t.strictSame(
        foreign.filter(([, definition]) => !/REFERENCES \w+\(location_id\b/.test(definition)),
        [],
        'and so does what it refers to',
      )
      const unique = Object.entries(migrated.indexes).filter(
        ([name, definition]) => definition.startsWith('CREATE UNIQUE INDEX') && !isOfNoVenue(name),
      )
      t.ok(unique.length > 20)
      t.strictSame(
        unique
          .filter(([, definition]) => !/\(location_id\b/.test(definition))
          .map(([name]) => name),
        ['credentials_username_key', 'till_tokens_hash_key'],
      )
      t.match(
        migrated.indexes['credentials_username_key']!,
        /ON public\.credentials USING btree \(username\)$/,
      )
      t.match(
        migrated.indexes['till_tokens_hash_key']!,
        /ON public\.till_tokens USING btree \(token_hash\)$/,
      )
    },
  )

  t.test(
    'every table is of a venue, but for those of operators, gateways and duties',
    async (t) => {
      const tables = new Set(Object.keys(migrated.columns).map((name) => name.split('.')[0]!))
      t.strictSame(
        [...tables].filter(
          (table) =>
            !isOfNoVenue(table) && migrated.columns[`${table}.location_id`] !== 'text NOT NULL',
        ),
        [],
      )
    },
  )

  t.test(
    'money is a whole number of 64 bits, times have their zone and milliseconds',
    async (t) => {
      for (const [name, definition] of Object.entries(migrated.columns)) {
        if (/_minor$/.test(name)) t.match(definition, /^bigint/, name)
        if (/(_at|_time|\.at)$/.test(name)) {
          t.match(definition, /^timestamp\(3\) with time zone/, name)
        }
      }
      t.strictSame(
        Object.entries(migrated.columns).filter(([, definition]) =>
          /^(real|double|numeric|money|timestamp\(\d\) without)/.test(definition),
        ),
        [],
      )
    },
  )
})

t.test('migrating', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  const pools = Array.from({ length: 3 }, () => createPool({ databaseUrl, poolSize: 2 }))
  t.teardown(async () => {
    await Promise.all(
      pools.map(async (pool) => {
        await pool.end()
      }),
    )
  })
  t.strictSame(await pendingMigrations(pools[0]!), migrationNames())
  const applied = await Promise.all(pools.map(async (pool) => await migrate(pool, databaseUrl)))
  t.strictSame(applied.flat(), migrationNames(), 'several at once apply each migration once')
  t.strictSame(await pendingMigrations(pools[0]!), [])
  t.strictSame(await migrate(pools[0]!, databaseUrl), [], 'the repeat does nothing')
  t.strictSame(await catalogOf(databaseUrl), await catalogOf(await freshDatabase(t)))
})

t.test('migrating waits for one who is at it, however long that takes', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  const pool = createPool({ databaseUrl, poolSize: 2, applicationName: 'the one who waits' })
  const holder = new pg.Client({ connectionString: databaseUrl })
  await holder.connect()
  t.teardown(async () => {
    await holder.end()
    await pool.end()
  })
  await holder.query('SELECT pg_advisory_lock(hashtext($1))', ['epos migrations'])
  let failed: unknown
  const migrating = migrate(pool, databaseUrl).catch((error: unknown) => {
    failed = error
  })
  const startedMs = Date.now()
  await until(
    'it has waited longer than for a reply, or has given up',
    () => failed !== undefined || Date.now() - startedMs > limits.databaseReplyTimeoutMs + 500,
  )
  const { rows } = await holder.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'",
  )
  t.equal(rows.length, 1, 'it waits')
  await holder.query('SELECT pg_advisory_unlock(hashtext($1))', ['epos migrations'])
  const applied = await migrating
  t.equal(failed, undefined)
  t.strictSame(applied, migrationNames())
})

t.test('the database keeps its rules for every writer', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [table, second] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [
    string,
    string,
  ]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const order = await newOrder(venue, 1000, {
    details: { orderType: 'DineIn', dineIn: { tableId: table } },
    items: [
      {
        name: 'Menu',
        plu: '1',
        quantity: 1,
        amountPerItem: gbp(1000),
        modifiers: [{ name: 'M', plu: '2', quantity: 1, amountPerModifier: gbp(0) }],
      },
    ],
    discounts: [{ name: 'D', amountTotal: gbp(0) }],
    taxLines: [{ amountTotal: gbp(0) }],
    serviceChargeAmount: gbp(0),
  })
  await venue.call('RecordOrderPaymentById', {
    orderId: order.id,
    paymentIntentId: 'pi_1',
    paidAmount: gbp(400),
    tipsAmount: gbp(50),
  })
  await venue.call('CreateOrderLock', {
    orderId: order.id,
    lockId: 'lock-1',
    expiry: inSeconds(60),
  })
  const party = await newParty(venue, [table], {
    dojoPartyId: 'dojo-party',
    deposit: { totalAmount: gbp(100), paymentIntentIds: [] },
  })
  const reservation = await newReservation(venue, [table], {
    dojoReservationId: 'dojo-reservation',
  })
  const v = venue.locationId
  await newMenu(server, venue, [{ plu: '1', priceMinor: 1000 }])
  const [{ payment_id: paymentId }] = (await sql<{ payment_id: string }>(
    "SELECT payment_id FROM payments WHERE payment_intent_id = 'pi_1'",
  )) as [{ payment_id: string }]
  await sql(
    `INSERT INTO refunds
        (location_id, refund_id, payment_id, amount_minor, refunded_before_minor, request_hash, reason, status, requested_at)
        VALUES ($1, 'ref_1', $2, 1, 0, '', 'x', 'Pending', now())`,
    [v, paymentId],
  )
  await sql(
    `INSERT INTO card_payments (location_id, card_payment_id, order_id, kind, share, request_hash, amount_minor, tips_minor,
        service_charge_minor, capture_mode, card_not_present, started_at, terminal_id, attempts)
        VALUES ($1, 'crd_1', $2, 'Sale', '', '', 1, 0, 0, 'Auto', false, now(), 'tm_1', '[]')`,
    [v, order.id],
  )
  await sql(
    `INSERT INTO business_days (location_id, day_id, day, opened_at, float_minor)
        VALUES ($1, 'day_1', '2026-11-21', now(), 0)`,
    [v],
  )

  /** The statement is refused with one of these SQLSTATEs. */
  async function refuses(
    t: Test,
    codes: string,
    text: string,
    values: unknown[] = [],
  ): Promise<void> {
    const error = await sql(text, values).then(
      () => undefined,
      (error: pg.DatabaseError) => error,
    )
    t.ok(
      error?.code !== undefined && codes.split(' ').includes(error.code),
      `${text} is refused with ${codes}`,
      { error },
    )
  }
  const CHECK = '23514'
  const UNIQUE = '23505'
  const FOREIGN = '23503 23001' // 23001 since PostgreSQL 18, where what is referred to would go
  const EXCLUSION = '23P01'

  t.test(
    'no amount is negative, whichever column it stands in, but for those that say how far',
    async (t) => {
      const columns = await sql<{
        table: string
        column: string
      }>(`SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name LIKE '%\\_minor' ORDER BY 1, 2`)
      t.ok(columns.length >= 20)
      const signed = new Set([
        'business_days.unsettled_minor',
        'order_lines.tax_adjustment_minor',
        'orders.discrepancy_minor',
        'orders.service_adjustment_minor',
        'orders.service_tax_adjustment_minor',
        'payment_movements.amount_minor',
        'payment_movements.rounding_minor',
        'payment_movements.tips_minor',
      ])
      for (const { table, column } of columns) {
        const [row] = await sql<{ count: string }>(
          `SELECT count(*) FROM ${table} WHERE location_id = $1`,
          [v],
        )
        t.ok(Number(row!.count) > 0, `there is a row in ${table}`)
        const update = `UPDATE ${table} SET ${column} = -1 WHERE location_id = $1`
        if (signed.delete(`${table}.${column}`)) {
          await t.resolves(sql(update, [v]), `${table}.${column} may be negative`)
        } else await refuses(t, CHECK, update, [v])
      }
      t.strictSame([...signed], [], 'each of the signed columns is there')
    },
  )

  t.test('what is paid is never above the total', async (t) => {
    await refuses(t, CHECK, 'UPDATE orders SET paid_minor = 1001 WHERE order_id = $1', [order.id])
    await refuses(t, CHECK, 'UPDATE orders SET total_minor = 399 WHERE order_id = $1', [order.id])
  })

  t.test('quantities are 1 at least, and what is below a line names it', async (t) => {
    await refuses(t, CHECK, 'UPDATE order_lines SET quantity = 0 WHERE order_id = $1', [order.id])
    await refuses(
      t,
      CHECK,
      "UPDATE order_lines SET parent_line_id = NULL WHERE order_id = $1 AND kind = 'Modifier'",
      [order.id],
    )
    await refuses(
      t,
      CHECK,
      "UPDATE order_lines SET parent_line_id = line_id WHERE order_id = $1 AND kind = 'Item'",
      [order.id],
    )
  })

  t.test('one row per payment intent, on whatever order', async (t) => {
    const another = await newOrder(venue, 1000)
    const insert = `INSERT INTO payments (location_id, payment_id, order_id, payment_intent_id, amount_minor)
        VALUES ($1, 'pay_x', $2, $3, 1)`
    await refuses(t, UNIQUE, insert, [v, order.id, 'pi_1'])
    await refuses(t, UNIQUE, insert, [v, another.id, 'pi_1'])
    await sql(
      'UPDATE payments SET voided_at = now(), void_reason = $2 WHERE payment_intent_id = $1',
      ['pi_1', 'x'],
    )
    await refuses(t, UNIQUE, insert, [v, order.id, 'pi_1'])
  })

  t.test("Dojo's payments have an intent and others have none; a void one says why", async (t) => {
    await refuses(
      t,
      CHECK,
      "INSERT INTO payments (location_id, payment_id, order_id, amount_minor) VALUES ($1, 'pay_y', $2, 1)",
      [v, order.id],
    )
    await refuses(
      t,
      CHECK,
      `INSERT INTO payments (location_id, payment_id, order_id, tender, payment_intent_id, amount_minor)
        VALUES ($1, 'pay_y', $2, 'Cash', 'pi_y', 1)`,
      [v, order.id],
    )
    await refuses(
      t,
      CHECK,
      "UPDATE payments SET void_reason = NULL WHERE payment_intent_id = 'pi_1'",
    )
  })

  t.test("one row per id of Dojo's, and per event", async (t) => {
    const [{ dojo }] = (await sql<{ dojo: string }>(
      'SELECT dojo_order_id AS dojo FROM orders WHERE order_id = $1',
      [order.id],
    )) as [{ dojo: string }]
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO orders (location_id, order_id, dojo_order_id, order_type, status, total_minor)
        VALUES ($1, 'ord_x', $2, 'DineIn', 'New', 0)`,
      [v, dojo],
    )
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO parties (location_id, party_id, dojo_party_id, status, start_time, deposit_payment_intent_ids)
        VALUES ($1, 'pty_x', 'dojo-party', 'Seated', now(), '{}')`,
      [v],
    )
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO reservations (location_id, reservation_id, dojo_reservation_id, name, covers, start_time, end_time)
        VALUES ($1, 'rsv_x', 'dojo-reservation', 'x', 1, now(), now())`,
      [v],
    )
    const event = `INSERT INTO dojo_events (location_id, event_id, account_id, event_type, created_at, data)
        VALUES ($1, 'evt', 'a', 'e', now(), '{}')`
    await sql(event, [v])
    await refuses(t, UNIQUE, event, [v])
    await t.resolves(sql(event, [other.locationId]), "another venue's is another")
    await t.resolves(
      sql(
        `INSERT INTO parties (location_id, party_id, dojo_party_id, status, start_time, deposit_payment_intent_ids)
        VALUES ($1, 'pty_x', 'dojo-party', 'Seated', now(), '{}')`,
        [other.locationId],
      ),
    )
  })

  t.test('usernames and tokens are unique over all venues', async (t) => {
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO credentials (location_id, credential_id, username, password_hash)
        VALUES ($1, 'cred_x', $2, 'x')`,
      [other.locationId, venue.username],
    )
    const insert =
      "INSERT INTO till_tokens (location_id, token_id, token_hash, role) VALUES ($1, $2, 'hash', 'waiter')"
    await sql(insert, [v, 'tok_1'])
    await refuses(t, UNIQUE, insert, [v, 'tok_2'])
    await refuses(t, UNIQUE, insert, [other.locationId, 'tok_1'])
    await refuses(
      t,
      FOREIGN,
      "UPDATE till_tokens SET waiter_id = 'nobody' WHERE token_id = 'tok_1'",
    )
  })

  t.test('a line has an id of its own in the whole venue', async (t) => {
    const another = await newOrder(venue, 1000)
    await refuses(
      t,
      UNIQUE,
      "UPDATE order_lines SET line_id = (SELECT line_id FROM order_lines WHERE order_id = $1 AND kind = 'Item') WHERE order_id = $2",
      [order.id, another.id],
    )
    const theirOrder = await newOrder(other, 1000)
    await t.resolves(
      sql(
        "UPDATE order_lines SET line_id = (SELECT line_id FROM order_lines WHERE order_id = $1 AND kind = 'Item') WHERE order_id = $2",
        [order.id, theirOrder.id],
      ),
      "another venue's is another",
    )
  })

  t.test('a rate is of 0 to 100 %', async (t) => {
    for (const column of [
      'locations.service_charge_hundredths',
      'orders.service_charge_hundredths',
      'order_lines.tax_rate_hundredths',
      'menu_items.tax_rate_hundredths',
    ]) {
      const [table, name] = column.split('.')
      for (const rate of [-1, 10_001]) {
        await refuses(t, CHECK, `UPDATE ${table} SET ${name} = $2 WHERE location_id = $1`, [
          v,
          rate,
        ])
      }
      await t.resolves(
        sql(`UPDATE ${table} SET ${name} = 10000 WHERE location_id = $1`, [v]),
        `${column} may be all of it`,
      )
    }
    await refuses(t, CHECK, 'UPDATE orders SET covers = -1 WHERE order_id = $1', [order.id])
  })

  t.test('what a guest hands over covers the payment and its tip', async (t) => {
    const insert = `INSERT INTO payments (location_id, payment_id, order_id, tender, amount_minor, tips_minor, tendered_minor)
        VALUES ($1, $2, $3, 'Cash', 100, $4, $5)`
    await refuses(t, CHECK, insert, [v, 'pay_cash', order.id, 20, 119])
    await refuses(t, CHECK, insert, [v, 'pay_cash', order.id, null, 99])
    await t.resolves(sql(insert, [v, 'pay_cash_1', order.id, 20, 120]))
    await t.resolves(sql(insert, [v, 'pay_cash_2', order.id, null, 100]))
  })

  t.test('only a refund without a payment has no order, and it has a reason', async (t) => {
    for (const change of [
      'cashback_minor = -1',
      'order_id = NULL',
      "reason = 'x'",
      "kind = 'UnlinkedRefund'",
      "kind = 'UnlinkedRefund', order_id = NULL",
    ]) {
      const update = `UPDATE card_payments SET ${change} WHERE card_payment_id = 'crd_1'`
      await refuses(t, CHECK, update)
    }
    const toRefund = `UPDATE card_payments SET kind = 'UnlinkedRefund', order_id = NULL, reason = 'x', day_id = 'day_1'
      WHERE card_payment_id = 'crd_1'`
    await t.resolves(sql(toRefund))
    await refuses(t, FOREIGN, "UPDATE card_payments SET day_id = 'day_none'")
    const back =
      "UPDATE card_payments SET kind = 'Sale', order_id = $1, reason = NULL, day_id = NULL"
    await t.resolves(sql(back, [order.id]))
    for (const name of ['cashback_most_minor', 'unlinked_refund_most_minor']) {
      await refuses(t, CHECK, `UPDATE locations SET ${name} = 0`)
    }
  })

  t.test('a refund is of something, and settled once it is no longer asked for', async (t) => {
    await refuses(t, CHECK, "UPDATE refunds SET amount_minor = 0 WHERE refund_id = 'ref_1'")
    await refuses(t, CHECK, "UPDATE refunds SET status = 'Done' WHERE refund_id = 'ref_1'")
    await refuses(t, CHECK, "UPDATE refunds SET resolved_at = now() WHERE refund_id = 'ref_1'")
    await t.resolves(
      sql(
        "UPDATE refunds SET status = 'CardRequired', resolved_at = now() WHERE refund_id = 'ref_1'",
      ),
    )
    await refuses(
      t,
      FOREIGN,
      `INSERT INTO refunds
        (location_id, refund_id, payment_id, amount_minor, refunded_before_minor, request_hash, reason, status, requested_at)
        VALUES ($1, 'ref_2', $2, 1, 0, '', 'x', 'Pending', now())`,
      [other.locationId, paymentId],
    )
  })

  t.test('one day is open at a time, and a closed one has its report', async (t) => {
    const insert = `INSERT INTO business_days (location_id, day_id, day, opened_at, float_minor)
        VALUES ($1, $2, '2026-11-21', now(), 0)`
    await refuses(t, UNIQUE, insert, [v, 'day_2'])
    await t.resolves(sql(insert, [other.locationId, 'day_theirs']), "another venue's is another")
    await refuses(
      t,
      CHECK,
      "UPDATE business_days SET closed_at = now() WHERE day_id = 'day_1' AND location_id = $1",
      [v],
    )
    await refuses(
      t,
      CHECK,
      "UPDATE business_days SET report = '{}' WHERE day_id = 'day_1' AND location_id = $1",
      [v],
    )
    await sql(
      "UPDATE business_days SET closed_at = now(), report = '{}' WHERE day_id = 'day_1' AND location_id = $1",
      [v],
    )
    await t.resolves(sql(insert, [v, 'day_2']))
    await refuses(
      t,
      FOREIGN,
      "UPDATE payment_movements SET day_id = 'day_theirs' WHERE location_id = $1",
      [v],
    )
    await sql("UPDATE payment_movements SET day_id = 'day_1' WHERE location_id = $1", [v])
    await refuses(
      t,
      FOREIGN,
      "DELETE FROM business_days WHERE day_id = 'day_1' AND location_id = $1",
      [v],
    )
  })

  t.test('payments keep their movements, and menus what they are made of', async (t) => {
    await refuses(t, FOREIGN, 'DELETE FROM payments WHERE payment_id = $1', [paymentId])
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor)
        VALUES ($1, $2, 1, now(), 'Voided', 0, 0)`,
      [v, paymentId],
    )
    await refuses(
      t,
      FOREIGN,
      "INSERT INTO menu_parts (location_id, plu, part_plu, position) VALUES ($1, '1', 'nothing', 1)",
      [v],
    )
    await refuses(
      t,
      FOREIGN,
      "INSERT INTO menu_parts (location_id, plu, part_plu, position) VALUES ($1, '1', '1', 1)",
      [other.locationId],
    )
  })

  t.test('one live lock per order, expired or not, until it is ended', async (t) => {
    const insert = `INSERT INTO order_locks (location_id, order_id, lock_id, expires_at)
        VALUES ($1, $2, 'lock-2', now() + interval '1 minute')`
    await refuses(t, UNIQUE, insert, [v, order.id])
    await expireLock(server, order.id)
    await refuses(t, UNIQUE, insert, [v, order.id])
    await sql('UPDATE order_locks SET ended_at = now() WHERE order_id = $1', [order.id])
    await t.resolves(sql(insert, [v, order.id]))
    await refuses(
      t,
      UNIQUE,
      `INSERT INTO order_locks (location_id, order_id, lock_id, kind, expires_at)
        VALUES ($1, $2, 'hold', 'TillHold', now())`,
      [v, order.id],
    )
  })

  t.test('one party alone at a table', async (t) => {
    const insert =
      'INSERT INTO party_tables (location_id, party_id, table_id, position, alone) VALUES ($1, $2, $3, 1, $4)'
    const another = await newParty(venue, [second])
    await sql(insert, [v, party.id, second, true])
    await refuses(
      t,
      UNIQUE,
      'UPDATE party_tables SET alone = true WHERE party_id = $1 AND table_id = $2',
      [another.id, second],
    )
    await refuses(
      t,
      CHECK,
      "UPDATE parties SET end_time = start_time - interval '1 ms' WHERE party_id = $1",
      [party.id],
    )
  })

  t.test('no two exclusive reservations of a table at one time, half open', async (t) => {
    const book = async (
      startTime: string,
      endTime: string,
      tableId = second,
      alone = true,
    ): Promise<[string, unknown[]]> => {
      const { id } = await newReservation(venue, [table])
      return [
        `INSERT INTO reservation_tables (location_id, reservation_id, table_id, position, start_time, end_time, alone)
        VALUES ($1, $2, $3, 2, $4, $5, $6)`,
        [v, id, tableId, startTime, endTime, alone],
      ]
    }
    await sql(...(await book(SEVEN, NINE)))
    await refuses(t, EXCLUSION, ...(await book('2026-03-06T20:59:59.999Z', '2026-03-06T23:00:00Z')))
    await refuses(t, EXCLUSION, ...(await book('2026-03-06T18:00:00Z', '2026-03-06T19:00:00.001Z')))
    await t.resolves(sql(...(await book(NINE, '2026-03-06T23:00:00Z'))), 'starting when it ends')
    await t.resolves(sql(...(await book('2026-03-06T18:00:00Z', SEVEN))), 'ending when it starts')
    await t.resolves(sql(...(await book(SEVEN, NINE, second, false))), 'one that is not exclusive')
    await refuses(
      t,
      CHECK,
      "UPDATE reservations SET end_time = start_time - interval '1 ms' WHERE reservation_id = $1",
      [reservation.id],
    )
    await refuses(
      t,
      CHECK,
      "UPDATE reservation_tables SET end_time = start_time - interval '1 ms' WHERE reservation_id = $1",
      [reservation.id],
    )
  })

  t.test("nothing refers to another venue's", async (t) => {
    await refuses(t, FOREIGN, 'UPDATE orders SET table_id = $1 WHERE order_id = $2', [
      theirs,
      order.id,
    ])
    await refuses(
      t,
      FOREIGN,
      'UPDATE party_tables SET table_id = $1 WHERE party_id = $2 AND table_id = $3',
      [theirs, party.id, table],
    )
    await refuses(
      t,
      FOREIGN,
      'UPDATE reservation_tables SET table_id = $1 WHERE reservation_id = $2',
      [theirs, reservation.id],
    )
    const theirReservation = await newReservation(other, [theirs])
    const theirParty = await newParty(other, [theirs])
    await refuses(t, FOREIGN, 'UPDATE parties SET reservation_id = $1 WHERE party_id = $2', [
      theirReservation.id,
      party.id,
    ])
    await refuses(t, FOREIGN, 'UPDATE orders SET party_id = $1 WHERE order_id = $2', [
      theirParty.id,
      order.id,
    ])
    await refuses(t, FOREIGN, 'UPDATE orders SET reservation_id = $1 WHERE order_id = $2', [
      theirReservation.id,
      order.id,
    ])
    await refuses(
      t,
      FOREIGN,
      `INSERT INTO payments (location_id, payment_id, order_id, payment_intent_id, amount_minor)
        VALUES ($1, 'pay_z', $2, 'pi_z', 1)`,
      [other.locationId, order.id],
    )
  })

  t.test('what is referred to is not deleted', async (t) => {
    for (const [from, column, id] of [
      ['orders', 'order_id', order.id],
      ['tables', 'table_id', table],
      ['locations', 'location_id', v],
    ] as const) {
      await refuses(t, FOREIGN, `DELETE FROM ${from} WHERE ${column} = $1`, [id])
    }
    await sql('UPDATE parties SET reservation_id = $1 WHERE party_id = $2', [
      reservation.id,
      party.id,
    ])
    await refuses(t, FOREIGN, 'DELETE FROM reservations WHERE reservation_id = $1', [
      reservation.id,
    ])
    await sql('UPDATE orders SET party_id = $1 WHERE order_id = $2', [party.id, order.id])
    await refuses(t, FOREIGN, 'DELETE FROM parties WHERE party_id = $1', [party.id])
  })

  t.test('names of tables and areas are unique among those in use', async (t) => {
    await refuses(t, UNIQUE, "UPDATE tables SET name = 'Table 1' WHERE table_id = $1", [second])
    await sql(
      "INSERT INTO areas (location_id, area_id, name, position) VALUES ($1, 'a1', 'Bar', 1)",
      [v],
    )
    await refuses(
      t,
      UNIQUE,
      "INSERT INTO areas (location_id, area_id, name, position) VALUES ($1, 'a2', 'Bar', 1)",
      [v],
    )
    await refuses(t, CHECK, 'UPDATE tables SET max_covers = 0 WHERE table_id = $1', [second])
  })

  t.test('only a Finalized order remembers what it was before', async (t) => {
    await refuses(t, CHECK, "UPDATE orders SET status_before_final = 'Ready' WHERE order_id = $1", [
      order.id,
    ])
  })
})
