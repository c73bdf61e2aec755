// What a change of the set-up comes to: what is written, what is retired, and what is wrong.
import t from 'tap'
import {
  planAddition,
  planEntity,
  planRetirement,
  planSetup,
} from '../../../src/domain/venue/plan-setup.ts'
import {
  inUseFault,
  refuseAll,
  refuseFirst,
  withoutConsequences,
} from '../../../src/domain/venue/setup-faults.ts'
import {
  labeller,
  type MenuItem,
  type Setup,
  type SetupFault,
  type SetupMode,
  type SetupPlan,
  type WantedSetup,
} from '../../../src/domain/venue/setup.ts'
import { limits } from '../../../src/limits.ts'

const item = (id: string, kind: MenuItem['kind'], parts: string[] = []): MenuItem => ({
  id,
  kind,
  name: `Item ${id}`,
  position: 0,
  version: 1,
  priceMinor: 500,
  taxRateHundredths: 2000,
  available: true,
  parts,
})

/** Two areas, two tables, one waiter, and an item with a sub-item and its modifier. */
const PUB: Setup = {
  areas: [
    { id: 'bar', name: 'Bar', position: 0, version: 1 },
    { id: 'garden', name: 'Garden', position: 1, version: 3 },
  ],
  tables: [
    { id: 't1', name: 'Table 1', position: 0, version: 1, areaId: 'bar', maxCovers: 4 },
    { id: 't2', name: 'Table 2', position: 1, version: 1 },
  ],
  waiters: [
    { id: '1', name: 'Becky', position: 0, version: 1, areaIds: ['garden'], tableIds: ['t2'] },
  ],
  menu: [
    item('burger', 'Item', ['chips', 'salt']),
    item('chips', 'SubItem', ['salt']),
    item('salt', 'Modifier'),
  ],
}
const NOTHING: Setup = { areas: [], tables: [], waiters: [], menu: [] }

const newIds = () => {
  let count = 0
  return (prefix: string): string => `${prefix}_new${++count}`
}
const plan = (wanted: WantedSetup, mode: SetupMode = 'merge', current = PUB): SetupPlan =>
  planSetup(current, wanted, { mode, newId: newIds() })
const at = (line: number) => ({ line })
/** As the body of a request: its fields were checked before. */
const content = <Fields extends object>(fields: Fields): Fields => fields

t.test('what is written and retired', async (t) => {
  const cases: {
    name: string
    wanted: WantedSetup
    mode?: SetupMode
    write?: Partial<Record<keyof Setup, object[]>>
    retire?: Partial<SetupPlan['retire']>
    counts?: Partial<SetupPlan['counts']>
  }[] = [
    {
      name: 'nothing sent changes nothing',
      wanted: {},
      counts: { areas: { added: 0, changed: 0, retired: 0, same: 2 } },
    },
    {
      name: 'the same again changes nothing',
      wanted: { tables: [{ at: at(2), id: 't1', name: 'Table 1', areaId: 'bar', maxCovers: 4 }] },
      counts: { tables: { added: 0, changed: 0, retired: 0, same: 2 } },
    },
    {
      name: 'a new area gets an id and comes last',
      wanted: { areas: [{ at: at(2), name: 'Snug' }] },
      write: { areas: [{ id: 'area_new1', name: 'Snug', position: 2, version: 0 }] },
      counts: { areas: { added: 1, changed: 0, retired: 0, same: 2 } },
    },
    {
      name: 'a new table keeps the position that it names',
      wanted: { tables: [{ at: at(2), id: 't9', name: 'Table 9', position: 7 }] },
      write: { tables: [{ id: 't9', name: 'Table 9', position: 7, version: 0 }] },
    },
    {
      name: 'an area without an id is found by its name',
      wanted: { areas: [{ at: at(2), name: 'Garden', position: 5 }] },
      write: { areas: [{ id: 'garden', name: 'Garden', position: 5, version: 3 }] },
      counts: { areas: { added: 0, changed: 1, retired: 0, same: 1 } },
    },
    {
      name: 'what is left out stays, and null clears it',
      wanted: { tables: [{ at: at(2), id: 't1', maxCovers: null }] },
      write: {
        tables: [
          {
            id: 't1',
            name: 'Table 1',
            position: 0,
            version: 1,
            areaId: 'bar',
            maxCovers: undefined,
          },
        ],
      },
    },
    {
      name: 'a table moves to an area that is named, and new with it',
      wanted: {
        areas: [{ at: at(2), name: 'Snug' }],
        tables: [{ at: at(3), id: 't2', areaId: 'Snug' }],
      },
      write: { areas: [{ id: 'area_new1' }], tables: [{ id: 't2', areaId: 'area_new1' }] },
    },
    {
      name: 'a table leaves its area',
      wanted: { tables: [{ at: at(2), id: 't1', areaId: null }] },
      write: { tables: [{ id: 't1', areaId: undefined, maxCovers: 4 }] },
    },
    {
      name: 'what a waiter serves is sorted and listed once',
      wanted: { waiters: [{ at: at(2), id: '1', tableIds: ['Table 2', 't1', 't2'] }] },
      write: { waiters: [{ id: '1', areaIds: ['garden'], tableIds: ['t1', 't2'] }] },
    },
    {
      name: 'an item is available unless it says otherwise',
      wanted: {
        menu: [
          {
            at: at(2),
            id: 'pie',
            name: 'Pie',
            kind: 'Item',
            priceMinor: 900,
            taxRateHundredths: 0,
          },
        ],
      },
      write: { menu: [{ id: 'pie', available: true, parts: [], version: 0 }] },
    },
    {
      name: 'replace retires what a sent list does not name, and no other part',
      wanted: { tables: [{ at: at(2), id: 't1' }] },
      mode: 'replace',
      retire: { tables: ['t2'] },
      write: { waiters: [{ id: '1', areaIds: ['garden'], tableIds: [] }] },
      counts: {
        tables: { added: 0, changed: 0, retired: 1, same: 1 },
        waiters: { added: 0, changed: 1, retired: 0, same: 0 },
      },
    },
    {
      name: 'replace with another order counts the positions anew',
      wanted: {
        tables: [
          { at: at(2), id: 't2' },
          { at: at(3), id: 't1' },
        ],
      },
      mode: 'replace',
      write: {
        tables: [
          { id: 't2', position: 0 },
          { id: 't1', position: 1 },
        ],
      },
    },
    {
      name: 'a retired modifier is no longer offered',
      wanted: {
        menu: [
          { at: at(2), id: 'burger' },
          { at: at(3), id: 'chips' },
        ],
      },
      mode: 'replace',
      retire: { menu: ['salt'] },
      write: {
        menu: [
          { id: 'burger', parts: ['chips'] },
          { id: 'chips', parts: [] },
        ],
      },
    },
  ]
  for (const { name, wanted, mode, write = {}, retire = {}, counts = {} } of cases) {
    t.test(name, async (t) => {
      const planned = plan(wanted, mode)
      t.same(planned.faults, [])
      for (const part of ['areas', 'tables', 'waiters', 'menu'] as const) {
        const expected = write[part] ?? []
        t.equal(planned.write[part].length, expected.length, `${part} written`)
        t.match(planned.write[part], expected)
        t.same(planned.retire[part], retire[part] ?? [], `${part} retired`)
      }
      t.match(planned.counts, counts)
    })
  }
})

t.test('what is wrong', async (t) => {
  const cases: {
    name: string
    wanted: WantedSetup
    mode?: SetupMode
    faults: Partial<SetupFault>[]
  }[] = [
    {
      name: 'an id twice',
      wanted: {
        areas: [
          { at: at(2), id: 'bar' },
          { at: at(5), id: 'bar' },
        ],
      },
      faults: [{ at: at(5), message: 'The area bar appears twice; the first is at line 2.' }],
    },
    {
      name: 'a new one without a name',
      wanted: { tables: [{ at: at(2), id: 't9' }] },
      faults: [{ at: at(2), message: 'The table t9 is new and needs a name.' }],
    },
    {
      name: 'a new item without kind, price and tax rate',
      wanted: { menu: [{ at: at(2), id: 'pie', name: 'Pie' }] },
      faults: [
        {
          at: at(2),
          message: 'The menu item pie is new and needs a kind and a price and a tax rate.',
        },
      ],
    },
    {
      name: 'an area that does not exist',
      wanted: { tables: [{ at: at(2), id: 't1', areaId: 'Roof' }] },
      faults: [{ at: at(2), reason: 'unknown-reference', message: 'The venue has no area Roof.' }],
    },
    {
      name: 'an area that is retired by the same file',
      wanted: {
        areas: [{ at: at(2), id: 'bar' }],
        waiters: [{ at: at(3), id: '1', areaIds: ['Garden'] }],
      },
      mode: 'replace',
      faults: [{ at: at(3), message: 'The venue has no area Garden.' }],
    },
    {
      name: 'an area with a table in it cannot be retired',
      wanted: { areas: [{ at: at(2), id: 'garden' }] },
      mode: 'replace',
      faults: [
        {
          at: undefined,
          reason: 'in-use',
          message: 'The area bar cannot be retired: the table Table 1 (t1) is in it.',
          facts: { tableIds: ['t1'] },
        },
      ],
    },
    {
      name: 'a name of another table',
      wanted: { tables: [{ at: at(2), id: 't2', name: 'Table 1' }] },
      faults: [
        {
          at: at(2),
          reason: 'name-taken',
          message: 'The name Table 1 is taken by the table t1.',
          facts: { id: 't1' },
        },
      ],
    },
    {
      name: 'a name twice in what was sent',
      wanted: {
        tables: [
          { at: at(2), id: 'a', name: 'Snug' },
          { at: at(3), id: 'b', name: 'Snug' },
        ],
      },
      faults: [{ at: at(3), message: 'The name Snug is taken by another table, at line 2.' }],
    },
    {
      name: 'a name that looks like another',
      wanted: {
        tables: [
          { at: at(2), id: 'a', name: 'Caf\u00e9' },
          { at: at(3), id: 'b', name: 'Cafe\u0301\u200b' },
        ],
      },
      faults: [{ at: at(3), reason: 'name-taken' }],
    },
    {
      name: 'an item that offers what is not on the menu',
      wanted: { menu: [{ at: at(2), id: 'burger', parts: ['gravy'] }] },
      faults: [
        {
          at: at(2),
          reason: 'unknown-reference',
          message: 'The menu item burger offers gravy, which is not on the menu.',
        },
      ],
    },
    {
      name: 'an item that becomes a modifier while it is offered with something',
      wanted: { menu: [{ at: at(2), id: 'burger', kind: 'Modifier' }] },
      faults: [
        { message: 'The menu item burger is a Modifier, which cannot offer a SubItem: chips.' },
        { message: 'The menu item burger is a Modifier, which cannot offer a Modifier: salt.' },
      ],
    },
    {
      name: 'what others offer becomes an item',
      wanted: { menu: [{ at: at(2), id: 'chips', kind: 'Item' }] },
      faults: [
        {
          at: at(2),
          message: 'The menu item burger is an Item, which cannot offer an Item: chips.',
        },
      ],
    },
    {
      name: 'more areas than a venue can have',
      wanted: {
        areas: Array.from({ length: limits.maxAreas - 1 }, (_, index) => ({
          at: at(index + 2),
          name: `Area ${index}`,
        })),
      },
      faults: [
        {
          at: undefined,
          message:
            `A venue can have at most ${limits.maxAreas} areas; ` +
            `this would make ${limits.maxAreas + 1}.`,
        },
      ],
    },
  ]
  for (const { name, wanted, mode, faults } of cases) {
    t.test(name, async (t) => {
      const found = plan(wanted, mode).faults
      t.equal(found.length, faults.length)
      t.match(found, faults)
    })
  }
})

t.test('what can offer what', async (t) => {
  const kinds = ['Item', 'SubItem', 'Modifier'] as const
  const allowed = ['Item SubItem', 'Item Modifier', 'SubItem Modifier']
  for (const kind of kinds) {
    for (const part of kinds) {
      const menu = [item('whole', kind), item('part', part)]
      const wanted = { menu: [{ at: at(2), id: 'whole', parts: ['part'] }] }
      const { faults } = plan(wanted, 'merge', { ...NOTHING, menu })
      t.equal(faults.length === 0, allowed.includes(`${kind} ${part}`), `${kind} with ${part}`)
    }
  }
})

t.test('one entity', async (t) => {
  const newId = newIds()

  t.test('a new one', async (t) => {
    const { plan, existing } = planAddition(PUB, 'areas', content({ name: 'Snug' }), newId)
    t.equal(existing, undefined)
    t.match(plan.write.areas, [{ name: 'Snug', position: 2 }])
  })
  t.test('the same id and content again is answered with what exists', async (t) => {
    const { plan, existing } = planAddition(
      PUB,
      'areas',
      content({ id: 'bar', name: 'Bar' }),
      newId,
    )
    t.equal(existing, PUB.areas[0])
    t.same(plan.write.areas, [])
  })

  const refused: [name: string, act: () => unknown, refusal: object][] = [
    [
      'the same id with other content',
      () => planAddition(PUB, 'areas', content({ id: 'bar', name: 'Cellar' }), newId),
      {
        type: 'Conflict',
        reason: 'content-differs',
        message: 'The id bar already belongs to another area.',
      },
    ],
    [
      'without an id, a name that is taken',
      () => planAddition(PUB, 'areas', content({ name: 'Bar' }), newId),
      { type: 'Conflict', reason: 'name-taken' },
    ],
    [
      'a reference to nothing',
      () => planEntity(PUB, 'tables', content({ id: 't1', areaId: 'Roof' }), newId),
      { type: 'InvalidRequest', reason: 'unknown-reference' },
    ],
    [
      'an area that has a table',
      () => {
        refuseFirst(planRetirement(PUB, 'areas', 'bar', newId).faults)
      },
      { type: 'Conflict', reason: 'in-use', facts: { tableIds: ['t1'] } },
    ],
  ]
  for (const [name, act, refusal] of refused) {
    t.test(name, async (t) => {
      t.match(thrownBy(act), refusal)
    })
  }
  t.same(planRetirement(PUB, 'tables', 't2', newId).retire.tables, ['t2'])
})

t.test('in use', async (t) => {
  const table = { part: 'tables', id: 't1', name: 'Table 1' } as const
  const orderIds = ['ord_1', 'ord_2']
  t.match(inUseFault({ ...table, orderIds, partyIds: ['pty_1', 'pty_2'] }), {
    reason: 'in-use',
    message:
      'The table Table 1 (t1) cannot be retired while the order ord_1 is open and ' +
      'the order ord_2 is open and the party pty_1 sits there.',
    facts: { orderIds, partyIds: ['pty_1', 'pty_2'] },
  })
})

t.test('a file is refused with all of its faults, in the order of its lines', async (t) => {
  const fault = (place: SetupFault['at'], message: string): SetupFault => ({
    at: place,
    message,
    reason: 'invalid',
  })
  t.doesNotThrow(() => {
    refuseAll([])
  })
  const refusal = thrownBy(() => {
    refuseAll([fault(undefined, 'Whole.'), fault(at(7), 'Seven.'), fault(at(3), 'Three.')])
  })
  t.match(refusal, {
    type: 'InvalidRequest',
    reason: 'setup-faults',
    message: 'The set-up has 3 faults; nothing was written. At line 3: Three.',
    facts: {
      errors: [
        { line: 3, message: 'Three.' },
        { line: 7, message: 'Seven.' },
        { message: 'Whole.' },
      ],
    },
  })
  const one = thrownBy(() => {
    refuseAll([fault({ field: 'areas[0].name' }, 'Bad.')])
  })
  t.match(one, { message: 'The set-up has one fault; nothing was written. At areas[0].name: Bad.' })
  const many = thrownBy(() => {
    refuseAll(Array.from({ length: 200 }, (_, index) => fault(at(index + 2), 'x')))
  }) as { message: string; facts: { errors: object[] } }
  t.match(many.message, /^The set-up has 200 faults, of which the first 50 are listed;/)
  t.equal(many.facts.errors.length, limits.maxListedFaults)

  const unread = [fault({ field: 'tables[0].maxCovers' }, 'Not a number.')]
  const planned = [
    fault({ field: 'tables[0]' }, 'Follows from that.'),
    fault({ field: 'tables[1]' }, 'Its own.'),
    fault(at(2), 'A line.'),
  ]
  t.same(
    withoutConsequences(unread, planned).map(({ message }) => message),
    ['Not a number.', 'Its own.', 'A line.'],
    'what follows from an entry that could not be read is left out',
  )
})

t.test('what people call an entity', async (t) => {
  const entity = (id: string, name: string) => ({ id, name, position: 0, version: 1 })
  const label = labeller([
    entity('a', 'Bar'),
    entity('b', 'Twice'),
    entity('c', 'Twice'),
    entity('d', 'a'),
    entity('e', 'e'),
  ])
  t.equal(label('a'), 'Bar')
  t.equal(label('b'), 'b', 'two have the name')
  t.equal(label('d'), 'd', "the name is another's id")
  t.equal(label('e'), 'e')
  t.equal(label('gone'), 'gone')
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

t.test('what is found by a name is found however the name is written', async (t) => {
  const newId = newIds()
  const places = {
    areas: [{ at: at(1), id: 'cafe', name: 'Caf\u00e9' }],
    tables: [{ at: at(2), id: 't3', name: 'Table 3', areaId: 'Cafe\u0301' }],
    waiters: [{ at: at(3), id: '2', name: 'Ann', areaIds: [' Caf\u00e9\u200b'] }],
  }
  const { write, faults } = planSetup(PUB, places, { mode: 'merge', newId })
  t.strictSame(faults, [])
  t.equal(write.tables[0]!.areaId, 'cafe')
  t.strictSame(write.waiters[0]!.areaIds, ['cafe'])
  const again = { areas: [{ at: at(1), name: '\u202aBar\u202c' }] }
  t.strictSame(planSetup(PUB, again, { mode: 'merge', newId }).ids.areas, ['bar'])
})
