// The document of the socket for the counter is ours: it says of everything where it comes from.
import t from 'tap'
import { fieldsOf } from '../../src/contract/counter-document.ts'
import { counterMethods, readRpc } from '../../src/contract/counter-socket.ts'
import counter from '../../src/contract/generated/pac-websockets.json' with { type: 'json' }

const schemas: Record<string, { type?: string; properties?: Record<string, any> }> =
  counter.components.schemas

t.test('every field is marked as known or assumed', async (t) => {
  const marks = Object.entries(schemas).flatMap(([name, { properties = {} }]) =>
    Object.entries(properties).map(([field, { 'x-source': source }]) => [
      `${name}.${field}`,
      source,
    ]),
  )
  t.ok(marks.length > 80)
  t.same(
    marks.filter(([, source]) => source !== 'known' && source !== 'assumed'),
    [],
  )
})

t.test('what an EPOS asks has its required fields among those that there are', async (t) => {
  for (const method of counterMethods) {
    const { required, known } = fieldsOf(method)
    t.same(
      required.filter((field) => !known.includes(field)),
      [],
      method,
    )
  }
})

t.test('what is no message of JSON-RPC is said to be none', async (t) => {
  for (const text of [undefined, 'no JSON', '[]', '{}', '{"result":{}}']) {
    t.match(readRpc(text), { is: 'unreadable', why: /^\S/ })
  }
  t.match(readRpc('{"id":1,"error":{"message":"No"}}'), { is: 'answer', error: { message: 'No' } })
  t.match(readRpc('{"method":"RecordPayment"}'), { is: 'request', id: undefined, params: {} })
})
