// Keeps what requests say, for an hour at most, and says who switched that on.
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { useNow } from '../../../page/browser/use-now.ts'
import { formats, me, till } from '../session.ts'
import { who, type RequestLog } from './requests.ts'

export function BodiesSwitch() {
  const { data, problem, reload } = useLoad(
    `request log ${me.value!.venue.id}`,
    async () => await till.call<RequestLog>('GET', '/dojo/request-log'),
  )
  const { run, isBusy, problem: refusal } = useAct()
  const now = useNow()
  const wrong = problem ?? refusal
  if (data === undefined) return wrong === undefined ? null : <Failure problem={wrong} />
  const [last] = data.switches
  const isOn = data.isOn && last !== undefined && Date.parse(last.endsAt) > now
  const change = (method: 'PUT' | 'DELETE'): void => {
    run(async () => {
      await till.call(method, '/dojo/request-log', method === 'PUT' ? {} : undefined)
      reload()
    })
  }
  return (
    <div class="panel__foot split row--wrap">
      {wrong === undefined ? null : <Failure problem={wrong} />}
      <span class="row small soft">
        <Icon name="eye" />
        {isOn ? (
          <span>
            What requests say is kept until {formats.value.time(last.endsAt)}, without personal
            data. Switched on by {who(last.startedBy)}.
          </span>
        ) : (
          <span>
            What requests say is not kept.
            {last === undefined
              ? null
              : ` Last switched on at ${formats.value.time(last.startedAt)} by ${who(last.startedBy)}.`}
          </span>
        )}
      </span>
      <Button
        isSmall
        disabled={isBusy}
        onPress={() => {
          change(isOn ? 'DELETE' : 'PUT')
        }}
      >
        {isOn ? 'End it and delete them' : 'Keep bodies for an hour'}
      </Button>
    </div>
  )
}
