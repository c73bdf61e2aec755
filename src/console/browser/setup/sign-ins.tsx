// Who signed in to the console of the venue, with what, and from where.
import type { Static } from 'typebox'
import { Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { SignInShape } from '../../../till/venue/sign-ins.ts'
import { formats, till } from '../session.ts'

type SignIn = Static<typeof SignInShape>

export function SignIns() {
  const { data, problem, reload } = useLoad(
    'sign-ins',
    async () => await till.call<{ rows: SignIn[] }>('GET', '/sign-ins'),
  )
  return (
    <Panel title="Who signed in">
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? (
        <Waiting rows={3} />
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th>When</th>
              <th>Who</th>
              <th class="lo">From</th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((signIn) => (
              <Row key={`${signIn.at} ${signIn.lastUsedAt}`} signIn={signIn} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

const WITH = { Token: 'till token', Pin: 'PIN', Operator: 'operator’s account' } as const

function Row({ signIn }: { signIn: SignIn }) {
  const { at, role, till: tillName, waiterName, operator, address, endedAt } = signIn
  const { clock, date } = formats.value
  return (
    <tr>
      <td class="nowrap">
        {clock(at)}
        <span class="two">{date(at)}</span>
      </td>
      <td>
        <span class="strong">{operator ?? waiterName ?? tillName ?? 'A token without a name'}</span>
        <span class="two">
          {WITH[signIn.with]}, {role}
          {endedAt === undefined ? '' : `, signed out at ${clock(endedAt)}`}
        </span>
        <span class="two narrow">{address}</span>
      </td>
      <td class="lo mono">{address}</td>
    </tr>
  )
}
