// The log is read by people on a terminal and by programs elsewhere.
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { pino } from 'pino'
import t from 'tap'
import { openLogOutput } from '../../src/http/log-output.ts'

t.test('a terminal gets lines for people: time, level, message, facts', async (t) => {
  let shown = ''
  const terminal = new Writable({
    write(chunk, _encoding, done) {
      shown += String(chunk)
      done()
    },
  })
  const { stream } = await openLogOutput(Object.assign(terminal, { isTTY: true }))
  pino({}, stream).warn({ table: 'T1' }, 'The table is locked.')
  const [line, ...rest] = stripVTControlCharacters(shown).trimEnd().split('\n')
  t.strictSame(rest, [], 'one line')
  t.match(line, /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: The table is locked\. \{"table":"T1"\}$/)
})

t.test('a file gets lines of JSON', async (t) => {
  const path = join(t.testdir(), 'log')
  const fd = openSync(path, 'w')
  t.teardown(() => {
    closeSync(fd)
  })
  const { stream, flush } = await openLogOutput(Object.assign(new Writable(), { fd }))
  pino({}, stream).warn({ table: 'T1' }, 'The table is locked.')
  await flush()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0]!), { level: 40, table: 'T1', msg: 'The table is locked.' })
})
