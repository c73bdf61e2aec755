import t from 'tap'
import { checkFailure, runScript } from '../support/scripts.ts'

const SUBCOMMANDS = [
  'create',
  'list',
  'show',
  'set',
  'rotate-credential',
  'revoke-credential',
  'set-bill-template',
  'set-dojo-key',
  'unmatched-payments',
  'check-payment',
]

t.test('--help tells how, and needs nothing', async (t) => {
  for (const [script, ...args] of [
    ['migrate'],
    ['seed'],
    ['register'],
    ['webhooks'],
    ['token'],
    ['doctor'],
    ['audit'],
    ['generate'],
    ['location', 'create'],
    ['location'],
  ] as const) {
    const { code, stdout, stderr } = await runScript(script, [...args, '--help'], {
      environment: { DATABASE_URL: 'not a URL' },
    })
    t.same({ code, stderr }, { code: 0, stderr: '' }, [script, ...args].join(' '))
    t.ok(
      stdout.startsWith(`Usage: npm run ${script} -- ${args.join(' ')}`),
      'the usage comes first',
    )
    if (script === 'location' && args.length === 0) {
      for (const name of SUBCOMMANDS) {
        t.match(stdout, new RegExp(`^  ${name} `, 'm'), `it lists ${name}`)
      }
    }
  }
})

t.test('what is typed wrongly', async (t) => {
  const cases: { script: string; args: string[]; message: RegExp | string }[] = [
    { script: 'location', args: [], message: 'Which subcommand?' },
    { script: 'location', args: ['toString'], message: /there is none named toString/ },
    {
      script: 'location',
      args: ['list', '--location', 'loc_1'],
      message: /Unknown option '--location'/,
    },
    { script: 'location', args: ['create', '--name', 'x'], message: '--currency is missing.' },
    {
      script: 'location',
      args: ['create', '--name', 'x', '--currency', 'USD'],
      message: '--currency is one of GBP, EUR, not USD.',
    },
    { script: 'location', args: ['set', '--location', ''], message: '--location is missing.' },
    {
      script: 'location',
      args: ['set', '--location', 'loc_1', '--waiter-access', 'yes'],
      message: '--waiter-access is on or off, not yes.',
    },
    {
      script: 'location',
      args: ['set-bill-template', '--location', 'loc_1'],
      message: '--file is missing.',
    },
    {
      script: 'location',
      args: ['check-payment', '--location', 'loc_1'],
      message: '--payment-intent is missing.',
    },
    { script: 'token', args: ['--location', 'loc_1'], message: 'One of create, list, revoke?' },
    {
      script: 'token',
      args: ['create', 'waiter', '--location', 'loc_1'],
      message: 'One of create, list, revoke?',
    },
    { script: 'token', args: ['create', '--role', 'waiter'], message: '--location is missing.' },
    { script: 'token', args: ['create', '--location', 'loc_1'], message: '--role is missing.' },
    {
      script: 'token',
      args: ['create', '--location', 'loc_1', '--role', 'chef'],
      message: '--role is one of kitchen, waiter, manager, owner, not chef.',
    },
    {
      script: 'token',
      args: ['list', '--location', 'loc_1', '--role', 'waiter'],
      message: '--role goes with create only.',
    },
    {
      script: 'token',
      args: ['list', '--location', 'loc_1', '--token', 'tok_1'],
      message: '--token goes with revoke only.',
    },
    { script: 'token', args: ['revoke', '--location', 'loc_1'], message: '--token is missing.' },
    { script: 'seed', args: [], message: '--location is missing.' },
    {
      script: 'register',
      args: ['--location', 'loc_1', '--capabilities', 'SearchOrders', '--product', 'all'],
      message: '--capabilities and --product exclude each other.',
    },
    {
      script: 'register',
      args: ['--location', 'loc_1', '--product', 'takeaway'],
      message: '--product is one of pay-at-table, order-and-pay, bookings, all, not takeaway.',
    },
    { script: 'doctor', args: ['--fix'], message: '--location is missing.' },
    {
      script: 'doctor',
      args: ['loc_1', '--location', 'loc_1'],
      message: /nothing to give but options/,
    },
    {
      script: 'register',
      args: ['all', '--location', 'loc_1'],
      message: /nothing to give but options/,
    },
    { script: 'audit', args: ['--date', '2026-11-20'], message: '--location is missing.' },
    { script: 'audit', args: ['--location', 'loc_1'], message: '--date is missing.' },
    {
      script: 'audit',
      args: ['--location', 'loc_1', '--date', '2026-02-30'],
      message: '--date is a day such as 2026-11-20, not 2026-02-30.',
    },
    {
      script: 'audit',
      args: ['2026-11-20', '--location', 'loc_1'],
      message: /nothing to give but options/,
    },
  ]
  for (const { script, args, message } of cases) {
    t.test([script, ...args].join(' '), async (t) => {
      checkFailure(
        t,
        await runScript(script, args, {
          environment: { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' },
        }),
        { code: 2, message },
      )
    })
  }

  t.test('a key on the command line is not said back', async (t) => {
    const ran = await runScript('location', [
      'set-dojo-key',
      'sk_prod_secret',
      '--location',
      'loc_1',
    ])
    checkFailure(t, ran, { code: 2, message: /but options/ })
    t.notMatch(ran.stderr, /secret/)
  })

  t.test('nor is a token in the place of its id', async (t) => {
    const ran = await runScript('token', [
      'revoke',
      '--location',
      'loc_1',
      '--token',
      'till_secret',
    ])
    checkFailure(t, ran, { code: 2, message: /begins with tok_/ })
    t.notMatch(ran.stderr, /secret/)
  })
})
