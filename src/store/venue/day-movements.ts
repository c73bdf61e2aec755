// Which movements of money a business day counts.

/** SQL, for a movement `m`: the day's own; with `$3` also those that no day has claimed. */
export const isOfDay = 'm.location_id = $1 AND (m.day_id = $2 OR ($3 AND m.day_id IS NULL))'
