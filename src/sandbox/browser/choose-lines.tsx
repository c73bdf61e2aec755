// The lines of a bill, to choose what one guest pays.

export interface BillLine {
  name: string
  quantity: number
  amountMinor: number
}

interface ChooseLinesProps {
  lines: readonly BillLine[]
  /** Their places in the list. */
  chosen: ReadonlySet<number>
  money: (amountMinor: number) => string
  onChoose: (chosen: ReadonlySet<number>) => void
}

export function ChooseLines({ lines, chosen, money, onChoose }: ChooseLinesProps) {
  return (
    <>
      {lines.map(({ name, quantity, amountMinor }, index) => (
        <label key={index} class="pick">
          <span class="row row--3">
            <input
              type="checkbox"
              checked={chosen.has(index)}
              onChange={() => {
                onChoose(toggled(chosen, index))
              }}
            />
            <span>{quantity === 1 ? name : `${quantity} × ${name}`}</span>
          </span>
          <span>{money(amountMinor)}</span>
        </label>
      ))}
    </>
  )
}

export function chosenSum(lines: readonly BillLine[], chosen: ReadonlySet<number>): number {
  return lines
    .filter((_, index) => chosen.has(index))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}

function toggled(chosen: ReadonlySet<number>, index: number): ReadonlySet<number> {
  const next = new Set(chosen)
  if (!next.delete(index)) next.add(index)
  return next
}
