// Where Dojo's webhooks come in, below the base of this server's routes: what is subscribed at Dojo
// and what is served are one.
export const WEBHOOK_PATH = '/webhooks/dojo/{locationId}'

/** @param base without a slash at its end */
export const webhookUrl = (base: string, locationId: string): string =>
  `${base}${WEBHOOK_PATH.replace('{locationId}', locationId)}`
