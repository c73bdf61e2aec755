// The statements that go further than to the node of one venue, and why they may.

const ONE_NODE =
  'only a database of one node is sent it; what a distributed one is sent stands beside it'
const ALL_VENUES = 'a job or an operator looks over all venues'
const SERVER = 'a server writes or reads what it holds of several venues, and no guest waits for it'

/** What goes further than to the node of a venue, by the name of the statement, and why it may. */
export const EXCEPTIONS: Record<string, string> = {
  insertVisitHistory: ONE_NODE,
  job_queue: ONE_NODE,
  job_queue_several: ONE_NODE,
  intents_delete_blank: ONE_NODE,
  intents_lock_rows: ONE_NODE,
  orders_lock_rows: ONE_NODE,
  menu_offers_several: ONE_NODE,
  idempotency_purge: ONE_NODE,
  operator_endpoints_give: ONE_NODE,
  operator_endpoints_list: ONE_NODE,
  webhooks_claim: ONE_NODE,
  webhooks_purge: ONE_NODE,
  job_list: ALL_VENUES,
  job_figures: ALL_VENUES,
  job_retry_dead: ALL_VENUES,
  job_claim: ONE_NODE,
  inbox_overdue: ALL_VENUES,
  metrics_locks_held: ALL_VENUES,
  mirror_due: ALL_VENUES,
  audit_queue_due: ONE_NODE,
  reply_mark_recent: ONE_NODE,
  dojo_requests_delete_old: ALL_VENUES,
  dojo_requests_delete_bodies: ALL_VENUES,
  venue_facts: ONE_NODE,
  socket_card_payments: ALL_VENUES,
  console_sessions_ended: ONE_NODE,
  dojo_contacts_write: ONE_NODE,
  dojo_requests_delete_older_several: ONE_NODE,
  dojo_requests_insert: ONE_NODE,
  dojo_requests_insert_bodies: SERVER,
  audit_days_done: ALL_VENUES,
  reply_read_recent: ALL_VENUES,
  dojo_link: ONE_NODE,
  venue_facts_contacts: ALL_VENUES,
  venue_facts_refusals: ALL_VENUES,
  venue_facts_changes: ALL_VENUES,
  venue_facts_work: ALL_VENUES,
  venue_facts_money: ALL_VENUES,
  venue_facts_audits: ALL_VENUES,
  console_sessions_open: SERVER,
  idempotency_venues_expired: ALL_VENUES,
  operator_endpoints_at_venues: ALL_VENUES,
  operator_endpoints_waiting: ALL_VENUES,
  operator_endpoints_given: ALL_VENUES,
  operator_endpoints_errors: ALL_VENUES,
  feed_clocks_read: SERVER,
  webhooks_venues_due: ALL_VENUES,
  webhooks_venues_to_purge: ALL_VENUES,
  webhooks_behind: ALL_VENUES,
  job_venues_due: ALL_VENUES,
  claimMovements: 'one statement, and so of one moment; Citus sends it as one task',
  changes_read: ONE_NODE,
  webhooks_queue: ONE_NODE,
  webhooks_queue_since: ONE_NODE,
  intent_learn_account: ONE_NODE,
  insertOrderBookings: ONE_NODE,
  setup_delete_links: ONE_NODE,
  setup_insert_links: ONE_NODE,
  setup_upsert_areas: ONE_NODE,
  setup_upsert_tables: ONE_NODE,
  setup_upsert_waiters: ONE_NODE,
  setup_upsert_menu: ONE_NODE,
}

/** The faults that the statement may not have. */
export function leftOf(name: string, faults: readonly string[]): string[] {
  const exception = EXCEPTIONS[name]
  return faults.filter((each) => exception === undefined || !mayBe(exception, each))
}

/** Those of all venues run there, so they may go to every node, but nothing in them is refused. */
function mayBe(exception: string, fault: string): boolean {
  if (exception === ALL_VENUES) return fault.endsWith('every shard is asked')
  if (exception === SERVER) return /every shard is asked$|^INSERT \.\.\. SELECT/.test(fault)
  return true
}
