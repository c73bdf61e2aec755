import fc from 'fast-check'
import t from 'tap'
import { boundsOfDay, dayAt, isCalendarDay, lastTimeOfDay } from '../../../src/domain/venue/day.ts'

const HOUR_MS = 3_600_000

t.test('a day begins and ends by the clocks of its time zone', async (t) => {
  const cases = [
    {
      name: 'a day in winter',
      day: '2026-11-20',
      timeZone: 'Europe/London',
      from: '2026-11-20T00:00:00.000Z',
      hours: 24,
    },
    {
      name: 'a day in summer',
      day: '2026-07-01',
      timeZone: 'Europe/London',
      from: '2026-06-30T23:00:00.000Z',
      hours: 24,
    },
    {
      name: 'the clocks go forward',
      day: '2026-03-29',
      timeZone: 'Europe/London',
      from: '2026-03-29T00:00:00.000Z',
      hours: 23,
    },
    {
      name: 'the clocks go back',
      day: '2026-10-25',
      timeZone: 'Europe/London',
      from: '2026-10-24T23:00:00.000Z',
      hours: 25,
    },
    {
      name: 'the end of a year',
      day: '2026-12-31',
      timeZone: 'Europe/Berlin',
      from: '2026-12-30T23:00:00.000Z',
      hours: 24,
    },
    {
      name: 'a leap day',
      day: '2028-02-29',
      timeZone: 'Europe/Dublin',
      from: '2028-02-29T00:00:00.000Z',
      hours: 24,
    },
    {
      name: 'midnight is there twice: the first begins the day',
      day: '2026-10-25',
      timeZone: 'Atlantic/Azores',
      from: '2026-10-25T00:00:00.000Z',
      hours: 25,
    },
    {
      name: "midnight is left out: one o'clock begins the day",
      day: '2026-04-24',
      timeZone: 'Africa/Cairo',
      from: '2026-04-23T22:00:00.000Z',
      hours: 23,
    },
    {
      name: 'half an hour',
      day: '2026-04-05',
      timeZone: 'Australia/Lord_Howe',
      from: '2026-04-04T13:00:00.000Z',
      hours: 24.5,
    },
    {
      name: 'the first zone',
      day: '2026-11-20',
      timeZone: 'Pacific/Kiritimati',
      from: '2026-11-19T10:00:00.000Z',
      hours: 24,
    },
    {
      name: 'the last zone',
      day: '2026-11-20',
      timeZone: 'Etc/GMT+12',
      from: '2026-11-20T12:00:00.000Z',
      hours: 24,
    },
    {
      name: 'a zone without a name',
      day: '2026-11-20',
      timeZone: '+01:00',
      from: '2026-11-19T23:00:00.000Z',
      hours: 24,
    },
  ]
  for (const { name, day, timeZone, from, hours } of cases) {
    const { startMs, endMs } = boundsOfDay(day, timeZone)
    t.same(
      { from: new Date(startMs).toISOString(), hours: (endMs - startMs) / HOUR_MS },
      { from, hours },
      name,
    )
  }
})

t.test('days follow each other without a gap, and each instant falls on its day', async () => {
  const zones = fc.constantFrom(
    'Europe/London',
    'Europe/Dublin',
    'Europe/Madrid',
    'Atlantic/Azores',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Auckland',
    'UTC',
  )
  const shown = (ms: number, timeZone: string): string =>
    new Intl.DateTimeFormat('sv-SE', { timeZone }).format(ms)
  const dayAfter = (day: string): string =>
    new Date(Date.parse(day) + 24 * HOUR_MS).toISOString().slice(0, 10)
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20_000 }),
      zones,
      fc.nat({ max: 22 }),
      (days, timeZone, hours) => {
        const day = new Date(Date.UTC(2000, 0, 1) + days * 24 * HOUR_MS).toISOString().slice(0, 10)
        const { startMs, endMs } = boundsOfDay(day, timeZone)
        const within = [startMs, endMs - 1, startMs + hours * HOUR_MS]
        return (
          within.every((ms) => shown(ms, timeZone) === day && dayAt(ms, timeZone) === day) &&
          shown(startMs - 1, timeZone) < day &&
          boundsOfDay(dayAfter(day), timeZone).startMs === endMs
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('what is not a calendar day', async (t) => {
  for (const text of [
    '',
    'today',
    '2026-11-31',
    '2026-02-29',
    '2026-1-1',
    '20-11-2026',
    '2026-11-20T00:00:00Z',
    '2026-00-10',
    '1969-12-31',
    '+12026-01-01',
    ' 2026-11-20',
  ]) {
    t.equal(isCalendarDay(text), false, text)
    t.throws(() => boundsOfDay(text, 'Europe/London'), {
      type: 'InvalidRequest',
      message: `${text} is not a day of the calendar; write it as 2026-11-20.`,
    })
  }
  t.ok(isCalendarDay('2028-02-29'))
})

t.test('the last time that a clock showed a time of day', async (t) => {
  const cases: { name: string; time: string; timeZone?: string; now: string; expected: string }[] =
    [
      {
        name: 'earlier today',
        time: '20:14',
        now: '2026-11-21T22:00:30Z',
        expected: '2026-11-21T20:14:00.000Z',
      },
      {
        name: 'this minute',
        time: '20:14',
        now: '2026-11-21T20:14:59.999Z',
        expected: '2026-11-21T20:14:00.000Z',
      },
      {
        name: 'still to come, so yesterday',
        time: '20:15',
        now: '2026-11-21T20:14:59.999Z',
        expected: '2026-11-20T20:15:00.000Z',
      },
      {
        name: 'midnight',
        time: '00:00',
        now: '2026-11-21T00:00:00.000Z',
        expected: '2026-11-21T00:00:00.000Z',
      },
      {
        name: 'by the clock of the venue',
        time: '20:14',
        timeZone: 'Asia/Kolkata',
        now: '2026-11-21T20:00:00Z',
        expected: '2026-11-21T14:44:00.000Z',
      },
      // The clocks of London go back at 01:00 UTC.
      {
        name: 'the hour that comes twice, before it has come again',
        time: '01:30',
        timeZone: 'Europe/London',
        now: '2026-10-25T00:45:00Z',
        expected: '2026-10-25T00:30:00.000Z',
      },
      {
        name: 'the hour that comes twice, once it has come again',
        time: '01:30',
        timeZone: 'Europe/London',
        now: '2026-10-25T01:45:00Z',
        expected: '2026-10-25T01:30:00.000Z',
      },
      {
        name: 'before the clocks went back',
        time: '00:30',
        timeZone: 'Europe/London',
        now: '2026-10-25T03:30:00Z',
        expected: '2026-10-24T23:30:00.000Z',
      },
      // And forward at 01:00 UTC.
      {
        name: 'before the clocks went forward',
        time: '00:30',
        timeZone: 'Europe/London',
        now: '2026-03-29T02:30:00Z',
        expected: '2026-03-29T00:30:00.000Z',
      },
      {
        name: 'the hour that is not there',
        time: '01:30',
        timeZone: 'Europe/London',
        now: '2026-03-29T02:30:00Z',
        expected: '2026-03-28T01:30:00.000Z',
      },
    ]
  for (const { name, time, timeZone = 'UTC', now, expected } of cases) {
    t.equal(new Date(lastTimeOfDay(time, timeZone, Date.parse(now))).toISOString(), expected, name)
  }
})
