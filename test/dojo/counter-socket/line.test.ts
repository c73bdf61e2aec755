// What is said through one socket for the counter, without a network.
import t from 'tap'
import { refusalText, requestText, resultText } from '../../../src/contract/counter-socket.ts'
import { CounterLine, type RecordRequest } from '../../../src/dojo/counter-socket/line.ts'
import type { SocketOwner } from '../../../src/dojo/held-sockets/venue-socket.ts'
import type { Link } from '../../../src/lib/web-socket/link.ts'
import { limits } from '../../../src/limits.ts'

const VENUE = { locationId: 'loc_1' } as SocketOwner

interface FakeLink extends Link {
  sent: string[]
  end: () => void
}

function newLink({ takes = true } = {}): FakeLink {
  const { promise: ended, resolve } = Promise.withResolvers<never>()
  const sent: string[] = []
  return {
    ended,
    sent,
    send: (text, onSent) => {
      sent.push(text)
      onSent(takes)
    },
    pause: () => {},
    close: () => {},
    cut: () => {},
    end: () => {
      resolve(undefined as never)
    },
  }
}

function newLine(record: (request: RecordRequest) => boolean = () => false) {
  const held = { isHeld: true }
  const heard: string[] = []
  const line = new CounterLine(
    {
      record: async (_venue, request) => ({ paymentId: 'p1', wasKnown: record(request) }),
      onOpen: () => heard.push('open'),
      onBadMessage: (_locationId, { why }) => heard.push(why),
      unexpected: (_locationId, error) => heard.push((error as Error).message),
    },
    () => held.isHeld,
  )
  return { line, held, heard }
}

const idOf = (text: string | undefined): string => (JSON.parse(text!) as { id: string }).id
const nameOf = async (asking: Promise<unknown>): Promise<string> =>
  await asking.then(
    () => 'answered',
    (error: Error) => error.name,
  )

t.test('a question has its own answer, or none', async (t) => {
  const { line, held, heard } = newLine()
  const ask = async () => await line.ask('GetPayment', { paymentId: 'p1' } as never)
  t.equal(await nameOf(ask()), 'CounterAway', 'before it opens')
  const link = newLink()
  line.opened(link, VENUE)
  t.strictSame(heard, ['open'])
  t.equal(line.isOpen, true)

  const [first, second] = [ask(), ask()]
  t.equal(line.servedAtMs, undefined)
  line.receive(resultText(idOf(link.sent[1]), { n: 2 }), VENUE, link)
  line.receive(resultText('nobodys', { n: 3 }), VENUE, link)
  line.receive(refusalText(idOf(link.sent[0]), 'PAYMENT_NOT_RECORDED', 'no'), VENUE, link)
  t.strictSame(await second, { n: 2 })
  await t.rejects(first, { name: 'CounterRefusal', message: /Dojo says: no$/ })
  t.type(line.servedAtMs, 'number')

  held.isHeld = false
  t.equal(line.isOpen, false, "another server's by now")
  t.equal(await nameOf(ask()), 'CounterAway')
})

t.test('a socket that ends takes its questions with it, and no others', async (t) => {
  const { line } = newLine()
  const ask = async () => await line.ask('GetPayment', { paymentId: 'p1' } as never)
  const [old, next] = [newLink(), newLink()]
  line.opened(old, VENUE)
  const lost = ask()
  line.opened(next, VENUE)
  const kept = ask()
  old.end()
  t.equal(await nameOf(lost), 'CounterSilent')
  t.equal(line.isOpen, true, 'the newer one is there')
  line.receive(resultText(idOf(next.sent[0]), {}), VENUE, next)
  t.equal(await nameOf(kept), 'answered')
  const alsoLost = ask()
  next.end()
  t.equal(await nameOf(alsoLost), 'CounterSilent')
  t.equal(line.isOpen, false)
  t.equal(await nameOf(ask()), 'CounterAway')
  line.opened(newLink({ takes: false }), VENUE)
  t.equal(await nameOf(ask()), 'CounterSilent', 'a question that the network did not take')
})

t.test('what machines say is kept for a while, the newest of each payment', async (t) => {
  const { line } = newLine()
  const link = newLink()
  const say = (method: string, params: object, id?: string): void => {
    line.receive(requestText(method, params, id), VENUE, link)
  }
  say('terminalNotification', { paymentId: 'p1', notification: 'PresentCard' })
  say('signatureVerificationRequest', { paymentId: 'p1' }, 'q1')
  say('terminalNotification', { paymentId: 'p2', notification: 'EnterPin' })
  say('terminalNotification', { paymentId: 'p2', notification: 'PleaseWait' })
  say('terminalNotification', { notification: 'to nobody' })
  t.strictSame(line.newsOf('p1'), { notification: 'PresentCard', asksForSignature: true })
  t.strictSame(line.newsOf('p2'), { notification: 'PleaseWait' })
  t.strictSame(line.newsOf('p3'), {})
  t.strictSame(link.sent, [resultText('q1', {})], 'only a question is answered')

  say('terminalNotification', { paymentId: 'p1', notification: 'Approved' })
  for (let n = 2; n <= limits.counterNewsKept; n++) {
    say('terminalNotification', { paymentId: `x${n}`, notification: 'x' })
  }
  t.strictSame(line.newsOf('p2'), {}, 'the oldest is forgotten')
  t.match(line.newsOf('p1'), { notification: 'Approved', asksForSignature: true })
})

t.test('a record is answered once it is kept, and Dojo may send it again', async (t) => {
  const asked: RecordRequest[] = []
  const { line, heard } = newLine((request) => {
    asked.push(request)
    if (request.params['paymentId'] === 'fails') throw new Error('no database')
    return request.params['paymentId'] === 'known'
  })
  const link = newLink()
  const record = async (method: string, paymentId: string, id?: string): Promise<unknown> => {
    line.receive(requestText(method, { paymentId }, id), VENUE, link)
    t.equal(line.inFlight, 1)
    await line.idle()
    t.equal(line.inFlight, 0)
    const sent = link.sent.pop()
    return sent === undefined ? undefined : JSON.parse(sent)
  }
  t.match(await record('RecordPayment', 'new', '1'), { id: '1', result: { paymentId: 'p1' } })
  t.match(await record('RecordRefund', 'known', '2'), {
    id: '2',
    error: { errorCode: 'PAYMENT_ALREADY_RECORDED' },
  })
  t.match(await record('RecordPayment', 'fails', '3'), {
    id: '3',
    error: { errorCode: 'PAYMENT_NOT_RECORDED' },
  })
  t.strictSame(heard, ['no database'])
  t.equal(await record('RecordPayment', 'new'), undefined, 'without an id there is no answer')
  t.strictSame(
    asked.map(({ method }) => method),
    ['RecordPayment', 'RecordRefund', 'RecordPayment', 'RecordPayment'],
  )
})

t.test('what makes no sense', async (t) => {
  const { line, heard } = newLine()
  const link = newLink()
  for (const text of [undefined, '{', '[]', '{}', requestText('Dance', {})]) {
    line.receive(text, VENUE, link)
  }
  t.equal(heard.length, 5)
  t.match(heard.at(-1), 'there is no method Dance')
  t.strictSame(link.sent, [])
  line.receive(requestText('Dance', {}, 'q'), VENUE, link)
  t.match(JSON.parse(link.sent[0]!), { id: 'q', error: { code: -32601 } })
})
