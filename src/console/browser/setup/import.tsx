// The whole set-up from a spreadsheet. Nothing is written before every fault is mended; a line with
// a fault is mended where it stands.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Notice, Panel } from '../../../page/browser/parts.tsx'
import { asProblem, type Problem } from '../../../page/browser/problem.ts'
import { till } from '../session.ts'

interface Counts {
  added: number
  changed: number
  same: number
  retired: number
}
type Outcome = Record<'areas' | 'tables' | 'waiters' | 'menu', Counts>

interface Fault {
  line?: number
  message: string
}

/** Waits until nobody types. */
const REST_MS = 250

export function Import() {
  const [lines, setLines] = useState<readonly string[]>()
  if (lines === undefined) return <Choose onChosen={setLines} />
  return (
    <Check
      lines={lines}
      onChange={(index, text) => {
        setLines(lines.map((line, each) => (each === index ? text : line)))
      }}
      onDone={() => {
        setLines(undefined)
      }}
    />
  )
}

function Choose({ onChosen }: { onChosen: (lines: string[]) => void }) {
  const { run, problem } = useAct()
  const read = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) onChosen((await file.text()).replace(/\r?\n$/, '').split(/\r?\n/))
  }
  const download = async (): Promise<void> => {
    const text = await till.text('/setup?format=csv')
    const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
    const link = Object.assign(document.createElement('a'), { href: address })
    link.download = 'setup.csv'
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <>
      {problem === undefined ? null : <Failure problem={problem} />}
      <div
        class="drop"
        onDragOver={(event) => {
          event.preventDefault()
        }}
        onDrop={(event) => {
          event.preventDefault()
          void read(event.dataTransfer?.files[0])
        }}
      >
        <Icon name="file" large />
        <div class="stack stack--1">
          <label for="import-file">
            <b>Drop a spreadsheet here, or choose one</b>
          </label>
          <span class="soft small">
            CSV with areas, tables, waiters and the menu. Nothing is written before you have seen
            what changes.
          </span>
          <input
            id="import-file"
            type="file"
            accept=".csv,text/csv"
            onChange={({ currentTarget }) => {
              void read(currentTarget.files?.[0])
            }}
          />
        </div>
        <span class="push">
          <Button
            icon="save"
            onPress={() => {
              run(download)
            }}
          >
            What is there now
          </Button>
        </span>
      </div>
    </>
  )
}

interface CheckProps {
  lines: readonly string[]
  onChange: (index: number, text: string) => void
  onDone: () => void
}

interface Checked {
  outcome?: Outcome
  faults: readonly Fault[]
  problem?: Problem
}

function Check({ lines, onChange, onDone }: CheckProps) {
  const [checked, setChecked] = useState<Checked>()
  const { run, isBusy, problem } = useAct()
  const text = lines.join('\n')
  useEffect(() => {
    let isCurrent = true
    const timer = setTimeout(() => {
      void check(text).then((found) => {
        if (isCurrent) setChecked(found)
      })
    }, REST_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [text])
  const write = async (): Promise<void> => {
    await till.call('PUT', '/setup', text)
    toast({ icon: 'tickc', title: 'The set-up is imported.' })
    onDone()
  }
  return (
    <>
      <Found checked={checked} />
      {problem === undefined ? null : <Failure problem={problem} />}
      <div class="row row--wrap">
        <Button
          kind="main"
          disabled={isBusy || checked?.outcome === undefined}
          onPress={() => {
            run(write)
          }}
        >
          Import
        </Button>
        <Button kind="quiet" onPress={onDone}>
          Choose another file
        </Button>
      </div>
      <Lines lines={lines} faults={checked?.faults ?? []} onChange={onChange} />
    </>
  )
}

async function check(text: string): Promise<Checked> {
  try {
    return { outcome: await till.call<Outcome>('PUT', '/setup?dryRun=true', text), faults: [] }
  } catch (error) {
    const problem = asProblem(error)
    const faults = (problem.body?.errors ?? []) as unknown as Fault[]
    return faults.length === 0 ? { faults, problem } : { faults }
  }
}

function Found({ checked }: { checked: Checked | undefined }) {
  if (checked === undefined) return <Notice icon="wait">The file is being checked.</Notice>
  const { outcome, faults, problem } = checked
  if (problem !== undefined) return <Failure problem={problem} />
  if (outcome === undefined) {
    return (
      <Notice tone="bad" icon="warn">
        <b>{count(faults.length, 'fault')}.</b> Mend them below; nothing is written before that.
      </Notice>
    )
  }
  const sum = (kind: keyof Counts): number =>
    Object.values(outcome).reduce((total, counts) => total + (counts[kind] ?? 0), 0)
  return (
    <Notice tone="good" icon="tickc">
      <b>No fault.</b> {sum('added')} new, {sum('changed')} changed, {sum('same')} as they are.
    </Notice>
  )
}

interface LinesProps {
  lines: readonly string[]
  faults: readonly Fault[]
  onChange: (index: number, text: string) => void
}

function Lines({ lines, faults, onChange }: LinesProps) {
  const list = useRef<HTMLOListElement>(null)
  useFaultKeys(list, faults.length > 0)
  return (
    <Panel title={count(lines.length, 'line')} aside={<NextFault isThere={faults.length > 0} />}>
      <ol class="sheet" ref={list}>
        {lines.map((line, index) => {
          const mine = faults.filter((fault) => fault.line === index + 1)
          return (
            <li key={index} class={mine.length === 0 ? 'sheet__row' : 'sheet__row is-wrong'}>
              <span class="sheet__number">{index + 1}</span>
              <input
                class="input input--cell mono"
                aria-label={`Line ${index + 1}`}
                aria-invalid={mine.length > 0}
                value={line}
                onInput={({ currentTarget }) => {
                  onChange(index, currentTarget.value)
                }}
              />
              {mine.map(({ message }) => (
                <p key={message} class="field__fault" role="alert">
                  <Icon name="warn" />
                  {message}
                </p>
              ))}
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}

function NextFault({ isThere }: { isThere: boolean }) {
  return isThere ? (
    <span class="small soft">
      <kbd>F8</kbd> next fault
    </span>
  ) : null
}

/** The first fault has the focus once the file is read, and F8 goes to the next. */
function useFaultKeys(list: { current: HTMLElement | null }, hasFaults: boolean): void {
  useLayoutEffect(() => {
    if (!hasFaults) return undefined
    const goOn = (): void => {
      const wrong = [...list.current!.querySelectorAll<HTMLElement>('[aria-invalid="true"]')]
      const next = wrong.find((each) => isBelow(each, document.activeElement))
      const target = next ?? wrong[0]
      target?.focus()
    }
    const press = (event: KeyboardEvent): void => {
      if (event.key !== 'F8') return
      event.preventDefault()
      goOn()
    }
    if (list.current?.contains(document.activeElement) !== true) goOn()
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  }, [hasFaults])
}

/** Further down the page. */
function isBelow(element: Element, focused: Element | null): boolean {
  if (focused === null || focused === document.body) return false
  const place = focused.compareDocumentPosition(element)
  return (place & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
}
