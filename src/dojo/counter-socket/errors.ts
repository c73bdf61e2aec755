// How a question through the socket for the counter can fail.
import type { CounterErrorCode } from '../../contract/counter-socket.ts'

export class CounterFault extends Error {
  override readonly name: string = 'CounterFault'
}

/** Nothing was sent: there is no open socket on this server. */
export class CounterAway extends CounterFault {
  override readonly name = 'CounterAway'

  constructor() {
    super(
      "The server has no connection to Dojo's card machines at the moment: wait a moment, then " +
        'try again.',
    )
  }
}

/** Sent, and no answer came: Dojo may or may not have done it. */
export class CounterSilent extends CounterFault {
  override readonly name = 'CounterSilent'

  constructor() {
    super('Dojo does not answer at the moment: wait, or try again.')
  }
}

/** Dojo understood, and did not do it. */
export class CounterRefusal extends CounterFault {
  override readonly name = 'CounterRefusal'
  readonly code: CounterErrorCode | undefined

  constructor(code: CounterErrorCode | undefined, reason: string) {
    super(`Dojo did not accept the request. Dojo says: ${reason}`)
    this.code = code
  }
}

/** Dojo's answer or request makes no sense. */
export class CounterUnreadable extends CounterFault {
  override readonly name = 'CounterUnreadable'
}
