// Secrets that people choose: what is stored of them, and what a guess costs.
import crypto, { type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import t from 'tap'
import { hashSecret, matchesSecret } from '../../../src/domain/access/secret-hash.ts'

t.test('each guess costs what OWASP recommends, also where nobody has a secret', async (t) => {
  const { scrypt } = crypto
  const costs: ScryptOptions[] = []
  const noting = (...given: Parameters<typeof scrypt>): void => {
    costs.push(given[3])
    scrypt(...given)
  }
  const use = (used: unknown): void => {
    Object.assign(crypto, { scrypt: used })
    syncBuiltinESMExports()
  }
  use(noting)
  try {
    const hash = await hashSecret('1234')
    t.equal(await matchesSecret('1234', hash), true)
    t.equal(await matchesSecret('1235', hash), false)
    t.equal(await matchesSecret('', undefined), false)
    t.notMatch(hash, /1234/)
    t.not(hash, await hashSecret('1234'), 'two who choose the same have different hashes')
  } finally {
    use(scrypt)
  }
  t.equal(costs.length, 5)
  for (const cost of costs) t.match(cost, { N: 32_768, r: 8, p: 3 })
})
