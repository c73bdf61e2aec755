// A client of the till API, typed by its document: calls that may be sent again are, the stream
// goes on where it broke, and webhooks are verified. It needs nothing of the server.
export { createTillClient, okay, TillProblem, type TillClient } from './client.ts'
export { createTillCalls, type TillAnswer, type TillBody, type TillCalls } from './calls.ts'
export { followEvents, type VenueEvent } from './follow.ts'
export { fromMinor, toMinor } from './money.ts'
export { verifyWebhook, type WebhookHeaders } from './verify.ts'
export type { components, paths } from './generated/till-api.ts'
