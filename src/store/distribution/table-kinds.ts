// How each table is kept by a PostgreSQL that Citus distributes over several nodes.

/**
 * - distributed: by `location_id`, all rows of a venue on one node
 * - reference: whole on every node, because it is found by something else than the venue; a write
 *   commits on all of them
 * - local: on the coordinator alone: of no venue, or what servers know of several venues and no
 *   change of a venue writes
 */
export type TableKind = 'distributed' | 'reference' | 'local'

export const tableKinds = {
  areas: 'distributed',
  business_days: 'distributed',
  caller_changes: 'local',
  card_payments: 'distributed',
  console_sessions: 'distributed',
  counter_socket_leases: 'local',
  credentials: 'reference',
  day_audits: 'distributed',
  dojo_contacts: 'distributed',
  dojo_events: 'distributed',
  dojo_key_refusals: 'distributed',
  dojo_request_bodies: 'distributed',
  dojo_requests: 'distributed',
  duties: 'local',
  endpoint_secrets: 'distributed',
  feed_clocks: 'distributed',
  idempotency_keys: 'distributed',
  inbox: 'distributed',
  jobs: 'distributed',
  locations: 'reference',
  menu_items: 'distributed',
  menu_parts: 'distributed',
  operator_acts: 'local',
  operator_endpoint_secrets: 'reference',
  operator_endpoints: 'reference',
  operator_sessions: 'local',
  operators: 'local',
  order_bookings: 'distributed',
  order_discounts: 'distributed',
  order_history: 'distributed',
  order_lines: 'distributed',
  order_locks: 'distributed',
  order_tax_lines: 'distributed',
  orders: 'distributed',
  parties: 'distributed',
  party_tables: 'distributed',
  payment_intents: 'distributed',
  payment_movements: 'distributed',
  payments: 'distributed',
  refunds: 'distributed',
  request_log_switches: 'reference',
  reservation_tables: 'distributed',
  reservations: 'distributed',
  socket_gateways: 'local',
  socket_leases: 'local',
  socket_payments: 'distributed',
  tables: 'distributed',
  terminals: 'distributed',
  till_tokens: 'reference',
  visit_history: 'distributed',
  waiter_areas: 'distributed',
  waiter_tables: 'distributed',
  waiters: 'distributed',
  webhook_deliveries: 'distributed',
  webhook_endpoints: 'distributed',
  webhook_secrets: 'distributed',
} as const satisfies Record<string, TableKind>
