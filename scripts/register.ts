// Registers a venue with Dojo; run on every deploy.
import { products, type Product } from '../src/contract/capabilities.ts'
import { sharedKeyWarning } from '../src/operator/locations.ts'
import { registerVenue, type Registration } from '../src/operator/register.ts'
import { secretsKeyOf } from '../src/operator/secrets-key.ts'
import { runCommand, UsageFault } from './command.ts'
import { withStore } from './cli-context.ts'

const choices = [...products, 'all'] as const
const isChoice = (text: string): text is Product | 'all' =>
  choices.some((choice) => choice === text)

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const remark = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

await runCommand({
  help: `Usage: npm run register -- --location ID [--capabilities NAME,NAME | --product ${choices.join('|')}] [--dry-run] [--allow-insecure] [--json]

Tells Dojo which capabilities it may call at PUBLIC_URL, with a fresh credential of the venue; the credentials before it are
revoked once Dojo has it. Then compares what Dojo has registered with what was sent; exit code 1 when something is missing.
Needs PUBLIC_URL, SOFTWARE_HOUSE_ID (and RESELLER_ID where there is one) and the venue's key: npm run location -- set-dojo-key

  --location ID          the venue
  --capabilities NAMES   only these, separated by commas; HandleEvent means both of its events
  --product PRODUCT      only what this product calls; all unless given
  --dry-run              prints what would be sent; calls nothing and changes nothing
  --allow-insecure       also a PUBLIC_URL without TLS or inside a network, for a Dojo of your own
  --json                 prints JSON
`,
  options: {
    location: { type: 'string' },
    capabilities: { type: 'string' },
    product: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'allow-insecure': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async ({ location, capabilities, product, json, ...flags }, [extra]) => {
    if (extra !== undefined) {
      throw new UsageFault('There is nothing to give but options, which begin with --.')
    }
    if (location === undefined || location === '') throw new UsageFault('--location is missing.')
    if (capabilities !== undefined && product !== undefined) {
      throw new UsageFault('--capabilities and --product exclude each other.')
    }
    if (product !== undefined && !isChoice(product)) {
      throw new UsageFault(`--product is one of ${choices.join(', ')}, not ${product}.`)
    }
    const options = {
      locationId: location,
      product,
      capabilities: capabilities
        ?.split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      dryRun: flags['dry-run'],
      allowInsecure: flags['allow-insecure'],
    }
    await withStore(async ({ config, store }) => {
      const secretsKey = (): string =>
        secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined })
      report(location, await registerVenue({ store, config, secretsKey }, options), json === true)
      const warning = await sharedKeyWarning(store.prisma, location, secretsKey())
      if (warning !== undefined) remark(warning)
    })
  },
})

function report(locationId: string, { request, outcome }: Registration, json: boolean): void {
  if (outcome === undefined) {
    print(JSON.stringify(request, null, 2))
    remark('Nothing was sent.')
    return
  }
  const {
    comparison: { registered, missing, notServed, otherUrls },
    revokedUsernames,
  } = outcome
  const { url, auth } = request
  const username = auth.basic?.username
  if (json) {
    print(
      JSON.stringify(
        { locationId, url, username, registered, missing, notServed, otherUrls, revokedUsernames },
        null,
        2,
      ),
    )
  } else {
    print(
      `${locationId} is registered at ${url} with ${registered.length} capabilities:\n${registered.map((name) => `  ${name}\n`).join('')}Dojo calls it as ${username}.`,
    )
  }
  if (revokedUsernames.length > 0) remark(`Revoked: ${revokedUsernames.join(', ')}.`)
  if (otherUrls.length > 0) remark(`Dojo has other URLs for this account: ${otherUrls.join(', ')}.`)
  if (notServed.length > 0) {
    remark(`Registered, but not known to this server: ${notServed.join(', ')}.`)
  }
  if (missing.length > 0) {
    remark(`Sent, but not registered: ${missing.join(', ')}.`)
    process.exitCode = 1
  }
}
