// Something to try things on: tables, waiters, a menu and a few open orders.
import type { Command } from 'commander'
import { withStore } from '../cli/context.ts'
import { jsonOption, locationOption } from '../cli/options.ts'
import { newCommand, type Cli } from '../cli/program.ts'
import { seedVenue } from '../seed-demo.ts'

export function seedCommand(cli: Cli, name: string, description: string): Command {
  return newCommand(cli, name, description)
    .addOption(locationOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Adds the demo's tables where the venue has none, and the demo's waiters and menu items that it
lacks. Every run opens the orders again.`,
    )
    .action(async ({ location, json }: { location: string; json?: boolean }) => {
      await withStore(cli, async ({ databaseUrl, database }) => {
        const { orderIds, tables } = await seedVenue(databaseUrl, location)
        cli.printChange({
          json,
          result: { locationId: location, tables, orderIds },
          text: [
            `The venue has ${tables} tables, and these new orders:`,
            ...orderIds.map((orderId) => `  ${orderId}`),
          ].join('\n'),
          database,
        })
      })
    })
}
