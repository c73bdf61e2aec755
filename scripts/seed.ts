// Something to try things on: a floor, waiters and a few open tabs.
import { runCommand, UsageFault } from './command.ts'
import { seedVenue } from './seed-demo.ts'
import { withStore } from './cli-context.ts'

await runCommand({
  help: `Usage: npm run seed -- --location ID [--json]

Opens the demo's tabs in a venue, on the demo's tables where it has none of its own, with what it lacks of the demo's waiters
and menu. Each run opens them once more.

  --location ID   the venue
  --json          prints JSON
`,
  options: { location: { type: 'string' }, json: { type: 'boolean' } },
  run: async ({ location, json }, [extra]) => {
    if (extra !== undefined) {
      throw new UsageFault('There is nothing to give but options, which begin with --.')
    }
    if (location === undefined || location === '') throw new UsageFault('--location is missing.')
    const { orderIds, tables } = await withStore(
      async ({ databaseUrl }) => await seedVenue(databaseUrl, location),
    )
    process.stdout.write(
      json === true
        ? `${JSON.stringify({ locationId: location, tables, orderIds }, null, 2)}\n`
        : `The venue has ${tables} tables, and these new tabs:\n${orderIds.map((orderId) => `  ${orderId}\n`).join('')}`,
    )
  },
})
