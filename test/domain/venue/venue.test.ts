// The rules of a venue's settings, and who a till's token lets in.
import t from 'tap'
import { checkNamedWaiter } from '../../../src/domain/venue/till-role.ts'
import {
  checkSettings,
  checkVerification,
  verificationOf,
  verifyChoices,
} from '../../../src/domain/venue/venue.ts'

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

t.test('when payments are checked', async (t) => {
  for (const chosen of verifyChoices) {
    for (const hasDojoKey of [true, false]) {
      t.equal(verificationOf(chosen, hasDojoKey), chosen, 'as the venue chose')
    }
  }
  for (const chosen of [null, undefined]) {
    t.equal(verificationOf(chosen, true), 'after', 'with a key')
    t.equal(verificationOf(chosen, false), 'off', 'without')
  }
})

const UNSEEN = 'The field name has nothing in it that can be seen; give it a readable name.'

t.test('settings', async (t) => {
  const cases: [settings: { name?: string; timeZone?: string }, message: string | undefined][] = [
    [{}, undefined],
    [{ name: 'The Red Lion', timeZone: 'Europe/London' }, undefined],
    [{ timeZone: 'Europe/Dublin' }, undefined],
    [{ timeZone: 'UTC' }, undefined],
    [{ name: '' }, UNSEEN],
    [{ name: ' \t' }, UNSEEN],
    [{ timeZone: 'London' }, 'London is not a time zone. Use a name such as Europe/London.'],
    [{ timeZone: '' }, ' is not a time zone. Use a name such as Europe/London.'],
  ]
  for (const [settings, message] of cases) {
    const thrown = thrownBy(() => {
      checkSettings(settings)
    })
    const name = JSON.stringify(settings)
    if (message === undefined) t.equal(thrown, undefined, name)
    else t.match(thrown, { type: 'InvalidRequest', message }, name)
  }
})

t.test('payments can be checked against Dojo only with a key', async (t) => {
  for (const choice of ['before', 'after', 'off', null, undefined] as const) {
    t.equal(
      thrownBy(() => {
        checkVerification(choice, true, 'loc_1')
      }),
      undefined,
      `${choice} with a key`,
    )
    const thrown = thrownBy(() => {
      checkVerification(choice, false, 'loc_1')
    })
    if (choice === 'before' || choice === 'after') {
      t.match(thrown, { type: 'InvalidRequest', message: /loc_1 has no Dojo API key/ }, choice)
    } else t.equal(thrown, undefined, `${choice} without a key`)
  }
})

t.test('the waiter whom a till names', async (t) => {
  const cases: {
    name: string
    named: string | undefined
    isKnown?: boolean
    tokenOf?: string
    message?: string
  }[] = [
    { name: 'none', named: undefined },
    { name: 'none, with a token of a waiter', named: undefined, tokenOf: '1' },
    { name: 'one of the venue', named: '1' },
    { name: "the token's own", named: '1', tokenOf: '1' },
    {
      name: 'one whom the venue does not have',
      named: '9',
      isKnown: false,
      message: 'This venue has no waiter 9, whom Waiter-Id names.',
    },
    {
      name: "another than the token's",
      named: '2',
      tokenOf: '1',
      message: 'Waiter-Id names the waiter 2, but the token belongs to the waiter 1.',
    },
  ]
  for (const { name, named, isKnown = true, tokenOf, message } of cases) {
    const thrown = thrownBy(() => {
      checkNamedWaiter(named, { isKnown, tokenOf })
    })
    if (message === undefined) t.equal(thrown, undefined, name)
    else t.match(thrown, { type: 'InvalidRequest', reason: 'unknown-waiter', message }, name)
  }
})
