// A guest's phone: the codes on the tables to scan, and what the phone shows then.
import { useState } from 'preact/hooks'
import { Empty, Failure, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { Frame } from '../frame.tsx'
import { CodeOf } from './code.tsx'
import { Phone } from './phone.tsx'
import { QR_PAGE, readTables, type ScannedTable } from './venue.ts'

export function PhonePage() {
  const [table, setTable] = useState<ScannedTable>()
  const { data, problem, reload } = useLoad('tables', async () => await readTables(QR_PAGE))
  return (
    <Frame title="Phone" sub="what a guest sees who scans the code of a table">
      <div class="guest">
        <section class="panel" aria-labelledby="codes">
          <div class="panel__head">
            <h2 id="codes">Codes on the tables</h2>
          </div>
          {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
          {data === undefined && problem === undefined ? <Waiting rows={4} /> : null}
          {data?.length === 0 ? (
            <Empty icon="floor" title="The till lists no tables">
              Add tables there; each has a code of its own.
            </Empty>
          ) : null}
          <ul class="codes">
            {(data ?? []).map(({ id, name }) => (
              <li key={id}>
                <button
                  type="button"
                  class="code-card"
                  aria-pressed={table?.id === id}
                  onClick={() => {
                    setTable({ id, name })
                  }}
                >
                  <CodeOf text={`${location.origin}/phone?table=${encodeURIComponent(id)}`} />
                  <b>{name}</b>
                </button>
              </li>
            ))}
          </ul>
        </section>
        <Phone key={table?.id} table={table} />
      </div>
    </Frame>
  )
}
