// Every limit and timeout of the server, by name, with its unit last. They are constants and not
// configuration, because all instances of the server must agree on them. Each file of limits/ has
// those of one subject; a name is in one of them.
import { accessLimits } from './limits/access.ts'
import { cardMachineLimits } from './limits/card-machines.ts'
import { databaseLimits } from './limits/database.ts'
import { dojoLimits } from './limits/dojo.ts'
import { feedLimits } from './limits/feed.ts'
import { jobLimits } from './limits/jobs.ts'
import { logLimits } from './limits/log.ts'
import { operatorLimits } from './limits/operator.ts'
import { orderLimits } from './limits/orders.ts'
import { processLimits } from './limits/process.ts'
import { requestLimits } from './limits/requests.ts'
import { socketLimits } from './limits/sockets.ts'
import { tillLimits } from './limits/till.ts'

export const limits = {
  ...requestLimits,
  ...logLimits,
  ...accessLimits,
  ...databaseLimits,
  ...orderLimits,
  ...dojoLimits,
  ...socketLimits,
  ...jobLimits,
  ...cardMachineLimits,
  ...tillLimits,
  ...feedLimits,
  ...operatorLimits,
  ...processLimits,
} as const
