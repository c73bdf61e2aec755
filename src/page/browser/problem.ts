// What an API of ours answers when it refuses a call, and what to say when it cannot be reached.

export interface ProblemBody {
  status: number
  code: string
  detail: string
  traceId: string
  errors?: { field: string; message: string }[]
  [fact: string]: unknown
}

/** A call that failed; its message is a sentence for people. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** 0 when the server was not reached. */
  readonly status: number
  readonly code: string
  readonly traceId: string | undefined
  readonly body: ProblemBody | undefined

  constructor(message: string, status: number, body?: ProblemBody) {
    super(message)
    this.status = status
    this.code = body?.code ?? 'unreachable'
    this.traceId = body?.traceId
    this.body = body
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem((error as Error).message, 0)
}

export function unreachable(): Problem {
  return new Problem('The server cannot be reached. Check the connection and try again.', 0)
}

export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text()
  try {
    const body = JSON.parse(text) as Partial<ProblemBody> & { debugMessage?: string }
    const { status } = response
    const { code = '', traceId = '' } = body
    const detail = body.detail ?? body.debugMessage ?? `The server answered ${status}.`
    return new Problem(detail, status, { ...body, status, code, traceId, detail })
  } catch {
    return new Problem(`The server answered ${response.status}.`, response.status)
  }
}

/** What is wrong with a field, in a sentence that stands beside it and need not name it. */
export function faultOf(problem: Problem | undefined, field: string): string | undefined {
  const fault = problem?.body?.errors?.find((each) => each.field === field)
  if (fault === undefined) return undefined
  const text = fault.message.replace(`The field ${field} `, '')
  return text[0]!.toUpperCase() + text.slice(1)
}
