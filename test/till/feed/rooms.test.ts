// The listeners of a venue: how many there may be, and that none misses what comes while it joins.
import t from 'tap'
import { toAllIn, writeAll } from '../../../src/till/feed/deliveries.ts'
import {
  createRooms,
  holdBack,
  letGo,
  type Listener,
  type Room,
} from '../../../src/till/feed/rooms.ts'

interface Heard extends Listener {
  heard: string[]
}

function newListener(tokenId: string, locationId = 'loc_1'): Heard {
  const heard: string[] = []
  const write = (bytes: Buffer): void => {
    heard.push(bytes.toString())
  }
  return { heard, locationId, tokenId, write, cut: () => {} }
}

const say = async (room: Room, text: string): Promise<void> => {
  await writeAll(toAllIn(room, Buffer.from(text)))
}

t.test('what comes while a listener joins follows what it is sent first', async (t) => {
  const rooms = createRooms({ perToken: 9, perVenue: 9, perProcess: 9 })
  const [listener, other] = [newListener('tok_1'), newListener('tok_2')]
  const room = rooms.enter(listener)
  rooms.enter(other)
  letGo(room, other, [])
  await say(room, 'before it is read up to a position')
  const held = holdBack(room, listener)
  await say(room, 'during')
  await say(room, 'still during')
  t.strictSame(listener.heard, [])
  letGo(room, listener, [Buffer.from('first'), ...held])
  await say(room, 'after')
  t.strictSame(listener.heard, ['first', 'during', 'still during', 'after'])
  t.equal(other.heard.length, 4, 'who is there hears all at once')

  const late = newListener('tok_3')
  rooms.enter(late)
  const heldForLate = holdBack(room, late)
  rooms.leave(late)
  await say(room, 'to who has left')
  letGo(room, late, [Buffer.from('first'), ...heldForLate])
  await say(room, 'again')
  t.strictSame(late.heard, [])
})

t.test('so many of a token, of a venue and of the process', async (t) => {
  const rooms = createRooms({ perToken: 2, perVenue: 3, perProcess: 4 })
  const enter = (tokenId: string, locationId?: string): Heard => {
    const listener = newListener(tokenId, locationId)
    rooms.enter(listener)
    return listener
  }
  const first = enter('tok_1')
  enter('tok_1')
  t.throws(() => enter('tok_1'), { message: /^This token has 2 streams open/ })
  enter('tok_2')
  t.throws(() => enter('tok_3'), { message: /^The venue has 3 streams open/ })
  const elsewhere = enter('tok_1', 'loc_2')
  t.throws(() => enter('tok_4', 'loc_2'), { message: 'There are too many streams.' })
  t.equal(rooms.listeners().length, 4, 'who is refused is not there')

  rooms.leave(first)
  enter('tok_1')
  rooms.leave(elsewhere)
  t.equal(rooms.find('loc_2'), undefined, 'an empty room is closed')
  t.strictSame(
    rooms.all().map(({ locationId, listeners }) => [locationId, listeners.size]),
    [['loc_1', 3]],
  )
  rooms.leave(elsewhere)
})
