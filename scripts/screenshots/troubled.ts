// Venues with something wrong at some of them, for the operator's pages.
import type { Database } from '../../src/store/database/database.ts'

export async function makeTroubled(database: Database): Promise<void> {
  for (const [index, text] of TROUBLED.entries()) {
    await database.rows({ name: `sheets_${index}`, text }, [])
  }
}

const TROUBLED = [
  `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template, dojo_key_sealed)
    SELECT 'loc_' || n,
      (ARRAY['The Swan', 'The Old Ship Inn and Brewery', 'Café Nord', 'The Crown', 'Bar 9', 'The Plough'])[n % 6 + 1] || ' ' || n,
      'GBP', 'Europe/London', '\\x00', '{}', '\\x00'
    FROM generate_series(1, 60) AS n`,
  `INSERT INTO dojo_key_refusals (location_id, refused_at) SELECT 'loc_' || n, now() FROM generate_series(17, 60, 17) AS n`,
  `INSERT INTO dojo_contacts (location_id, last_call_at)
    SELECT 'loc_' || n, now() - make_interval(mins => CASE WHEN n % 11 = 0 THEN 47 ELSE n % 7 END) FROM generate_series(1, 60) AS n`,
  `INSERT INTO payment_intents (location_id, payment_intent_id, dojo_status, amount_minor, unmatched_at, unmatched_reason)
    SELECT 'loc_' || n, 'pi_' || n, 'Captured', 1000 + n, now(), 'No order has it.' FROM generate_series(3, 60, 13) AS n`,
  `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at)
    SELECT 'loc_' || n, 'OrderUpdated', 'ord_1', now(), now(), now(), 9, 'Dojo answered 500', now() FROM generate_series(5, 60, 19) AS n`,
]
