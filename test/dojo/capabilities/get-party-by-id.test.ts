import t from 'tap'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  newParty,
  newPartyThatLeft,
  NINE,
  retire,
  seatByVenue,
  SEVEN,
} from '../../support/visits.ts'

t.test('GetPartyById', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const party = await newParty(venue, [table], { dojoPartyId: 'dojo-1', name: 'Grace' })

  const cases = [
    { name: 'an id that nobody has', partyId: 'pty_nobody', caller: venue },
    { name: "another venue's id", partyId: party.id, caller: other },
    { name: "Dojo's id of the party, which is not its id", partyId: 'dojo-1', caller: venue },
  ]
  for (const { name, partyId, caller } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await caller.call('GetPartyById', { partyId })
      t.equal(status, 404)
      t.equal(error.errorType, 'NotFound')
      t.equal(error.debugMessage, `There is no party with the id ${partyId} in this venue.`)
    })
  }

  t.test('answers the party, again and again', async (t) => {
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: party.id })), party)
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: party.id })), party)
  })

  t.test('answers a party that has left, with its endTime', async (t) => {
    const left = await newPartyThatLeft(venue, [table])
    const found = answered(await venue.call('GetPartyById', { partyId: left.id }))
    t.equal(found.endTime, NINE)
    t.strictSame(found, left)
  })

  t.test('answers a party that the venue seated itself', async (t) => {
    const id = await seatByVenue(server, venue, [table])
    t.strictSame(
      { ...answered(await venue.call('GetPartyById', { partyId: id })) },
      { id, status: 'Seated', startTime: SEVEN, tableIds: [table] },
    )
  })

  t.test('names a table that was retired since', async (t) => {
    const [old] = (await newTables(server, venue, ['Old'])) as [string]
    const { id } = await newParty(venue, [old])
    await retire(server, 'table', old)
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: id })).tableIds, [old])
  })
})
