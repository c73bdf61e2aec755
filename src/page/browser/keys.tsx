// What the keyboard does on every page: `g` and a letter opens a page, `/` searches, `j` and `k`
// walk along the rows, `?` says so. While somebody types into a field, keys are letters.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { Button } from './form.tsx'

export interface KeyPlace {
  letter: string
  name: string
  path: string
}

/** How long after `g` a letter still belongs to it. */
const TOGETHER_MS = 1_500
const SEARCH = 'main input[type="search"]'
/** The first link of each row or tile. */
const ROWS = 'main tbody tr, main article, main li'

interface KeysProps {
  places: readonly KeyPlace[]
  onGo: (path: string) => void
}

export function Keys({ places, onGo }: KeysProps) {
  const [isListed, setListed] = useState(false)
  // Kept while the page draws itself anew between the two keys.
  const wentAtMs = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const { key } = event
      const isSecond = performance.now() - wentAtMs.current < TOGETHER_MS
      wentAtMs.current = key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY
      const place = isSecond ? places.find(({ letter }) => letter === key) : undefined
      if (place !== undefined) onGo(place.path)
      else if (key === '/') focusOn(document.querySelector<HTMLElement>(SEARCH))
      else if (key === 'j') step(1)
      else if (key === 'k') step(-1)
      else if (key === '?') setListed(true)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  }, [places, onGo])
  if (!isListed) return null
  return (
    <List
      places={places}
      onClose={() => {
        setListed(false)
      }}
    />
  )
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null
}

function focusOn(element: HTMLElement | null | undefined): void {
  element?.focus()
  element?.scrollIntoView({ block: 'nearest' })
}

/** To the next row that leads somewhere. */
function step(by: 1 | -1): void {
  const links = [...document.querySelectorAll(ROWS)].flatMap(
    (row) => row.querySelector<HTMLElement>('a[href]') ?? [],
  )
  const at = links.indexOf(document.activeElement as HTMLElement)
  focusOn(at === -1 ? links[0] : links[at + by])
}

function List({ places, onClose }: { places: readonly KeyPlace[]; onClose: () => void }) {
  const rows: readonly (readonly [string, string])[] = [
    ...places.map(({ letter, name }) => [`g ${letter}`, name] as const),
    ['/', 'Search'],
    ['j', 'The next row'],
    ['k', 'The row before'],
    ['Enter', 'Open the row'],
    ['Esc', 'Close what is open'],
  ]
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="kv">
        {rows.flatMap(([keys, what]) => [
          <dt key={keys}>
            <kbd>{keys}</kbd>
          </dt>,
          <dd key={what}>{what}</dd>,
        ])}
      </dl>
      <div class="dialog__foot">
        <Button autofocus onPress={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}
