// Where Dojo sends webhooks, below the base of this server's routes. The route that is served and
// the URL that is subscribed at Dojo both come from here.
export const WEBHOOK_PATH = '/webhooks/dojo/{locationId}'

/** @param base without a slash at its end */
export function webhookUrl(base: string, locationId: string): string {
  return `${base}${WEBHOOK_PATH.replace('{locationId}', locationId)}`
}
