/** The moment at which clocks of a zone show this time on this day, in milliseconds since 1970. */
export function timeInZone(day: string, time: string, timeZone: string): number {
  const asUtcMs = Date.parse(`${day}T${time}:00Z`)
  const offsetAt = (ms: number): number => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' })
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  }
  // The offset may change between the two.
  return asUtcMs - offsetAt(asUtcMs - offsetAt(asUtcMs))
}
