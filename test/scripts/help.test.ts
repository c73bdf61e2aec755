// The command line itself: help at every level, and usage errors.
import t from 'tap'
import { checkFailure, runEpos } from '../support/scripts.ts'

/** The commands, each with its subcommands. */
const COMMANDS: Record<string, string[]> = {
  location: [
    'create',
    'list',
    'show',
    'set',
    'set-bill-template',
    'set-dojo-key',
    'set-counter-key',
    'rotate-credential',
    'revoke-credential',
  ],
  token: ['create', 'list', 'revoke'],
  operator: ['create', 'set-password', 'create-token', 'list', 'revoke'],
  payment: ['unmatched', 'check', 'dismiss'],
  register: [],
  webhooks: ['subscribe', 'list', 'rotate-secret', 'unsubscribe'],
  endpoint: ['create', 'list', 'rotate-secret', 'recover', 'enable', 'remove'],
  doctor: [],
  jobs: ['list', 'retry'],
  audit: [],
  adapter: ['init'],
  migrate: [],
  distribute: [],
  seed: [],
  sandbox: [],
  tester: [],
  certify: [],
}

const listed = (help: string): string[] =>
  [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name!)

t.test('--help at every level, which needs nothing', async (t) => {
  const help = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runEpos([...words, '--help'], {
      environment: { DATABASE_URL: 'not a URL' },
    })
    t.same({ code, stderr }, { code: 0, stderr: '' }, words.join(' '))
    t.ok(stdout.startsWith(`Usage: ${['npx epos', ...words].join(' ')} `), 'the usage comes first')
    return stdout
  }
  t.same(listed(await help()), Object.keys(COMMANDS))
  for (const [command, subcommands] of Object.entries(COMMANDS)) {
    const text = await help(command)
    t.same(listed(text), subcommands)
    for (const subcommand of subcommands) {
      const text = await help(command, subcommand)
      t.match(text, /^ {2}--json +print JSON$/m)
      for (const line of text.split('\n')) t.ok(line.length <= 100, line)
      const lead = text.split('\n')[2]!
      t.match(lead, /^[A-Z]/, 'it says what it does')
    }
  }
  for (const alone of ['register', 'doctor', 'audit', 'migrate', 'seed', 'tester', 'certify']) {
    t.match(await help(alone), /^ {2}--json +print JSON$/m)
  }
})

t.test('help by its other names, and the version', async (t) => {
  const { stdout } = await runEpos(['token', 'create', '--help'])
  t.same(await runEpos(['help', 'token', 'create']), { code: 0, stdout, stderr: '' })
  t.same(await runEpos(['token', 'create', '-h']), { code: 0, stdout, stderr: '' })
  t.match(await runEpos(['help']), { code: 0, stdout: /^Usage: npx epos <command>/, stderr: '' })
  t.match(await runEpos(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
})

t.test('a missing or unknown subcommand shows the help', async (t) => {
  const cases: Array<[args: string[], message: string]> = [
    [[], 'A subcommand is missing.'],
    [['location'], 'A subcommand is missing.'],
    [['token', '--location', 'loc_1'], 'Unknown option --location.'],
    [['outbox'], 'There is no subcommand outbox.'],
    [['toString'], 'There is no subcommand toString.'],
    [['location', 'toString'], 'There is no subcommand toString.'],
    [['jobs', 'burn'], 'There is no subcommand burn.'],
    [['webhooks'], 'A subcommand is missing.'],
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runEpos(args)
    t.same({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
    t.ok(stderr.startsWith(`${message}\n\nUsage: npx epos `), stderr)
    t.match(stderr, /^Commands:$/m)
  }
})

t.test('usage errors', async (t) => {
  const date = ['--location', 'loc_1', '--date']
  const cases: Array<[line: string | string[], message: string]> = [
    ['location list --location loc_1', 'Unknown option --location.'],
    ['location create --name x', '--currency is missing.'],
    ['location create --name', '--name needs a value.'],
    ['location create --name x --currency USD', '--currency is one of GBP, EUR, not USD.'],
    [['location', 'set', '--location', ''], '--location is missing.'],
    ['location set --location loc_1 --waiter-access yes', '--waiter-access is on or off, not yes.'],
    [
      'location set --location loc_1 --verify-payments never',
      '--verify-payments is one of before, after, off, default, not never.',
    ],
    [
      'location set --location loc_1 --cashback-most 50.00',
      '--cashback-most is an amount in minor units, such as 5000 for 50.00, or off; not 50.00.',
    ],
    ['location set-bill-template --location loc_1', '--file is missing.'],
    ['payment check --location loc_1', '--payment-intent is missing.'],
    ['payment dismiss --location loc_1 --payment-intent pi_1', '--reason is missing.'],
    [
      'token create waiter --location loc_1 --role waiter',
      'Unexpected argument; options start with --.',
    ],
    ['token create --role waiter', '--location is missing.'],
    ['token create --location loc_1', '--role is missing.'],
    [
      'token create --location loc_1 --role chef',
      '--role is one of kitchen, waiter, manager, owner, not chef.',
    ],
    ['token list --location loc_1 --role waiter', 'Unknown option --role.'],
    ['token list --location loc_1 --token tok_1', 'Unknown option --token.'],
    ['token revoke --location loc_1', '--token is missing.'],
    ['webhooks list', '--location is missing.'],
    ['webhooks list --location loc_1 --events a', 'Unknown option --events.'],
    ['jobs retry --dead', 'Unknown option --dead.'],
    ['seed', '--location is missing.'],
    [
      'register --location loc_1 --capabilities SearchOrders --product all',
      '--capabilities and --product exclude each other.',
    ],
    [
      'register --location loc_1 --product takeaway',
      '--product is one of pay-at-table, order-and-pay, bookings, all, not takeaway.',
    ],
    ['register all --location loc_1', 'Unexpected argument; options start with --.'],
    ['doctor --fix', '--location is missing.'],
    ['doctor loc_1 --location loc_1', 'Unexpected argument; options start with --.'],
    ['audit --date 2026-11-20', '--location is missing.'],
    ['audit --location loc_1', '--date is missing.'],
    [['audit', ...date, '2026-02-30'], '--date is a day such as 2026-11-20, not 2026-02-30.'],
    [
      'audit 2026-11-20 --location loc_1 --date 2026-11-20',
      'Unexpected argument; options start with --.',
    ],
  ]
  for (const [line, message] of cases) {
    const args = typeof line === 'string' ? line.split(' ') : line
    const ran = await runEpos(args, {
      environment: { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' },
    })
    t.comment(args.join(' '))
    checkFailure(t, ran, { code: 2, message })
  }
})

t.test('what may be a key is never printed', async (t) => {
  const cases: Array<[line: string, message: string]> = [
    [
      'location set-dojo-key sk_prod_secret --location loc_1',
      'Unexpected argument; options start with --.',
    ],
    ['location set-dojo-key --key=sk_prod_secret --location loc_1', 'Unknown option --key.'],
    ['location set-dojo-key --sk_prod_secret --location loc_1', 'Unknown option --sk.'],
    ['location sk_prod_secret', 'There is no such subcommand.'],
    ['sk_prod_secret', 'There is no such subcommand.'],
    [
      'token revoke --location loc_1 --token till_secret',
      "--token takes the token's id, which begins with tok_. See: npx epos token list",
    ],
    [
      'certify --url http://127.0.0.1:1 --username u --password secret',
      'Unknown option --password.',
    ],
  ]
  for (const [line, message] of cases) {
    const { code, stdout, stderr } = await runEpos(line.split(' '))
    t.same([code, stdout, stderr.split('\n')[0]], [2, '', message], line)
    t.notMatch(stderr, /secret\b/)
  }
})
