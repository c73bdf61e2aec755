// Without --drive the certifier tells a person what to do. The person here reads the sentences at
// the terminal, works a good till by them alone, and types what it shows.
import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { counterCertifier } from '../../../scripts/cli/counter-certifier.ts'
import { Cli } from '../../../scripts/cli/program.ts'
import type { Task, Till } from '../../../src/sandbox/counter/till.ts'
import type { Certificate } from '../../../src/sandbox/runs/certifier.ts'
import { openCounterTill } from '../support/counter-till.ts'
import { until } from '../../support/visits.ts'

const key = 'sk_sandbox_certify'

t.setTimeout(60_000)

interface AtTheTerminal {
  certificate: Certificate
  /** Everything that the person was shown. */
  read: string
}

/** @param asked what the person types instead of working the till, by what the sentence says */
async function certifiedBy(
  only: readonly string[],
  asked: ReadonlyArray<[RegExp, string]> = [],
): Promise<AtTheTerminal> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  let read = ''
  let person: Person | undefined
  const stderr = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      read += text
      const [, url] = /Dojo's API is at (\S+),/.exec(text) ?? []
      if (url !== undefined) person = new Person(url, asked)
      if (/[:?] $/.test(text)) {
        void person!.type(text).then((line) => stdin.write(`${line}\n`))
      }
      done()
    },
  })
  const io = { stdin, stdout: new PassThrough(), stderr, env: {} }
  const certify = counterCertifier(new Cli(io as unknown as Cli['io']), {
    ...{ host: '127.0.0.1', port: 0, key },
    times: { pollMs: 3_000, pollEveryMs: 2_000, watchMs: 20, showMs: 10_000, quietMs: 15 },
  })
  const { certificate } = await certify({ only, onStart: () => {} })
  await person!.leave()
  return { certificate, read }
}

class Person {
  readonly #url: string
  readonly #asked: ReadonlyArray<[RegExp, string]>
  #till: Till | undefined
  readonly #judged = new Set<string>()
  #shown: Awaited<ReturnType<Till['ask']>>['shows']

  constructor(url: string, asked: ReadonlyArray<[RegExp, string]>) {
    this.#url = url
    this.#asked = asked
  }

  /** What the person answers to that. */
  async type(text: string): Promise<string> {
    this.#till ??= await openCounterTill({ url: this.#url, key })
    const [, line] = this.#asked.find(([sentence]) => sentence.test(text)) ?? []
    if (line !== undefined) return line
    const [, sale] = /^\n(\S+): what does the till show/.exec(text) ?? []
    if (sale !== undefined) return await this.#look(sale)
    const { offers = [], ...shown } = this.#shown ?? { result: '' }
    if (text.includes('Its sentence')) return shown.text ?? shown.prompt ?? ''
    if (text.includes('What it offers')) return offers.map((each) => LETTERS[each] ?? '').join('')
    if (text.includes('count as paid')) return shown.paid === true ? 'y' : 'n'
    if (text.includes('Gratuity')) return typed(shown.tipsMinor)
    if (text.includes('Cashback')) return typed(shown.cashbackMinor)
    if (text.includes('Given back')) return typed(shown.refundedMinor)
    const { refused = '', version } = await this.#till.ask(await this.#taskOf(text))
    return version ?? refused
  }

  /** Waits, as the person is asked to. */
  async #look(sale: string): Promise<string> {
    await until(`the till has finished ${sale}`, async () => {
      this.#shown = (await this.#till!.ask({ do: 'look', sale })).shows
      const { result = '', offers = [] } = this.#shown ?? {}
      const asks = offers.includes('accept-signature') && !this.#judged.has(sale)
      return FINISHED.includes(result) || asks
    })
    return this.#shown!.result
  }

  /** What a sentence asks for: all of it has to be in its words. */
  async #taskOf(text: string): Promise<Task> {
    const sentence = text.trim().split('\n')[0]!
    for (const [pattern, task] of SENTENCES) {
      const { groups } = pattern.exec(sentence) ?? {}
      if (groups === undefined) continue
      const { tid, sale } = groups
      if (/the signature\.$/.test(sentence)) this.#judged.add(sale!)
      return task({ ...groups, terminalId: tid === undefined ? '' : await this.#idOf(tid) })
    }
    throw new Error(`The person does not understand: ${sentence}`)
  }

  async #idOf(tid: string): Promise<string> {
    const headers = {
      ...{ authorization: `Basic ${key}`, version: '2026-02-27', 'software-house-id': 'test' },
    }
    const response = await fetch(`${this.#url}/terminals`, { headers })
    const terminals = (await response.json()) as { id: string; properties: { tid: string } }[]
    return terminals.find(({ properties }) => properties.tid === tid)!.id
  }

  async leave(): Promise<void> {
    await this.#till?.close()
  }
}

const FINISHED = ['Authorized', 'Captured', 'Declined', 'Canceled', 'Expired', 'Refunded']
const LETTERS: Readonly<Record<string, string>> = {
  'accept-signature': 'a',
  'reject-signature': 'r',
  retry: 't',
  record: 'h',
  cancel: 'c',
}
const typed = (minor = 0): string => (minor === 0 ? '' : (minor / 100).toFixed(2))
const minor = (text = '0'): number => Math.round(Number(text) * 100)

const AMOUNT = '[\\d.]+'
const SENTENCES: ReadonlyArray<[RegExp, (groups: Record<string, string>) => Task]> = [
  [/^(?<what>Type) the version of the till\.$/, () => ({ do: 'about' })],
  [
    new RegExp(
      `^(?<sale>\\S+): (?<what>take|pre-authorise) (?<amount>${AMOUNT}) on the machine (?<tid>\\w+)` +
        `(, with a gratuity of (?<tip>${AMOUNT}))?\\.$`,
    ),
    ({ sale, what, amount, tid, terminalId, tip }) => ({
      ...{ do: 'sale', sale: sale!, tid: tid!, terminalId: terminalId! },
      amountMinor: minor(amount),
      captureMode: what === 'take' ? 'Auto' : 'Manual',
      ...(tip === undefined ? {} : { tipsMinor: minor(tip) }),
    }),
  ],
  [
    /^(?<sale>\S+): try again on the machine (?<tid>\w+)\.$/,
    ({ sale, tid, terminalId }) => ({
      do: 'retry',
      sale: sale!,
      tid: tid!,
      terminalId: terminalId!,
    }),
  ],
  [
    /^(?<sale>\S+): (?<what>accept|reject) the signature\.$/,
    ({ sale, what }) => ({ do: 'sign', sale: sale!, accepted: what === 'accept' }),
  ],
  [
    /^(?<sale>\S+): take (?<amount>[\d.]+) of the authorised amount\.$/,
    ({ sale, amount }) => ({ do: 'capture', sale: sale!, amountMinor: minor(amount) }),
  ],
  [
    /^(?<refund>\S+): refund (?<amount>[\d.]+) of (?<sale>\S+) without the card\.$/,
    ({ refund, amount, sale }) => ({
      ...{ do: 'refund', refund: refund!, sale: sale!, amountMinor: minor(amount) },
    }),
  ],
  [
    /^(?<refund>\S+): refund (?<amount>[\d.]+) without a sale, on the machine (?<tid>\w+)\.$/,
    ({ refund, amount, tid, terminalId }) => ({
      ...{ do: 'unlinked-refund', refund: refund!, amountMinor: minor(amount) },
      ...{ tid: tid!, terminalId: terminalId! },
    }),
  ],
]

const outcomes = ({ runs }: Certificate): string[] =>
  runs.map(({ scenario, outcome, reason }) =>
    [scenario.name, outcome, ...(outcome === 'failed' ? [reason] : [])].join(': '),
  )

t.test('who works a good till by the sentences passes', async (t) => {
  const only = [
    ...['POS Version', 'Card Inserted', 'Gratuity', 'Declined'],
    ...['Signature Accepted', 'Signature Rejected', 'Refund in Part'],
    'Unlinked Refund, Successful',
  ]
  const { certificate, read } = await certifiedBy(only)
  t.strictSame(outcomes(certificate).sort(), only.map((name) => `${name}: passed`).sort())
  t.match(read, /and the API key is sk_sandbox_certify\n/, 'the person reads how to set it up')
})

t.test('what the person types is the result', async (t) => {
  const { certificate } = await certifiedBy(
    ['Cashback', 'Gratuity', 'Card Inserted', 'POS Version'],
    [
      [/with cashback of/, 'no we have no such button'],
      [/with a gratuity of/, 'The till says that it takes no tips'],
      [/Type one of|count as paid/, 'n'],
      [/Type the version/, ''],
    ],
  )
  const reasonOf = (name: string) => certificate.runs.find(({ scenario }) => scenario.name === name)
  t.match(reasonOf('Cashback'), { outcome: 'skipped', reason: 'we have no such button' })
  t.match(reasonOf('Gratuity'), { outcome: 'failed' })
  t.match(reasonOf('Card Inserted'), { outcome: 'failed' }, 'it does not count as paid')
  t.match(reasonOf('POS Version'), { outcome: /failed|skipped/ })
  t.equal(certificate.verdict, 'failed')
})

t.test('without a terminal nobody can be asked', async (t) => {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const cli = new Cli({ ...io, env: {} } as unknown as Cli['io'])
  t.throws(() => counterCertifier(cli, { host: '127.0.0.1', port: 0, key }), {
    message: /name a program with --drive/,
  })
})
