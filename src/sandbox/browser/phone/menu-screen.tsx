// Ordering from a phone: what is chosen, and paid before the kitchen has it.
import { useState } from 'preact/hooks'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { Menu, MenuItem } from '../../api/guests.ts'
import { shareOf } from '../bench/amounts.ts'
import { formatsIn } from '../live.ts'
import { sandbox } from '../session.ts'
import { CardChoice, type GuestCard } from './card.tsx'
import { Tip, type TipShare } from './tip.tsx'
import type { ScannedTable } from './venue.ts'

export function MenuScreen({ table }: { table: ScannedTable }) {
  const { data, problem, reload } = useLoad(
    'menu',
    async () => await sandbox.call<Menu>('GET', '/menu'),
  )
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  return data === undefined ? <Waiting rows={6} /> : <Choose menu={data} table={table} />
}

interface Answer {
  outcome: 'ordered' | 'declined'
}

type Basket = ReadonlyMap<string, number>

function Choose({ menu, table }: { menu: Menu; table: ScannedTable }) {
  const [basket, setBasket] = useState<Basket>(new Map())
  const [share, setShare] = useState<TipShare>('0')
  const [card, setCard] = useState<GuestCard>('approved')
  const [ended, setEnded] = useState<'ordered' | 'declined'>()
  const { run, isBusy, problem } = useAct()
  const { money } = formatsIn(menu.currencyCode)
  const sumMinor = menu.items.reduce(
    (sum, { plu, priceMinor }) => sum + priceMinor * (basket.get(plu) ?? 0),
    0,
  )
  const tipsMinor = shareOf(sumMinor, Number(share))
  const order = async (): Promise<void> => {
    const items = [...basket].map(([plu, quantity]) => ({ plu, quantity }))
    const body = { tableId: table.id, tipsMinor, items, card }
    const { outcome } = await sandbox.call<Answer>('POST', '/order-and-pay', body)
    if (outcome === 'ordered') setBasket(new Map())
    setEnded(outcome)
  }
  if (ended !== undefined) {
    return (
      <Ended
        table={table}
        isOrdered={ended === 'ordered'}
        onMore={() => {
          setEnded(undefined)
        }}
      />
    )
  }
  return (
    <>
      <div class="screen__body screen__body--scroll" tabIndex={0} role="group" aria-label="Menu">
        <Items {...{ menu, basket }} onChange={setBasket} />
        <Tip chosen={share} onChoose={setShare} />
        <CardChoice chosen={card} onChoose={setCard} />
        {problem === undefined ? null : <Failure problem={problem} />}
      </div>
      <div class="screen__foot">
        <Button
          kind="main"
          isWide
          disabled={isBusy || sumMinor === 0}
          onPress={() => {
            run(order)
          }}
        >
          {sumMinor === 0 ? 'Choose something' : `Order and pay ${money(sumMinor + tipsMinor)}`}
        </Button>
      </div>
    </>
  )
}

interface ItemsProps {
  menu: Menu
  basket: Basket
  onChange: (basket: Basket) => void
}

function Items({ menu, basket, onChange }: ItemsProps) {
  const { money } = formatsIn(menu.currencyCode)
  return (
    <>
      {menu.items.map((item) => (
        <Item
          key={item.plu}
          item={item}
          price={money(item.priceMinor)}
          quantity={basket.get(item.plu) ?? 0}
          onChange={(quantity) => {
            onChange(changed(basket, item.plu, quantity))
          }}
        />
      ))}
    </>
  )
}

interface ItemProps {
  item: MenuItem
  price: string
  quantity: number
  onChange: (quantity: number) => void
}

function Item({ item: { name }, price, quantity, onChange }: ItemProps) {
  return (
    <div class="pick item">
      <span>
        <b>{name}</b>
        <small>{price}</small>
      </span>
      <span class="row">
        {quantity === 0 ? null : (
          <>
            <button
              type="button"
              class="btn btn--icon btn--small"
              aria-label={`One ${name} less`}
              onClick={() => {
                onChange(quantity - 1)
              }}
            >
              −
            </button>
            <b>{quantity}</b>
          </>
        )}
        <button
          type="button"
          class="btn btn--icon btn--small"
          aria-label={`One ${name} more`}
          onClick={() => {
            onChange(quantity + 1)
          }}
        >
          <Icon name="plus" />
        </button>
      </span>
    </div>
  )
}

interface EndedProps {
  table: ScannedTable
  isOrdered: boolean
  onMore: () => void
}

function Ended({ table, isOrdered, onMore }: EndedProps) {
  return (
    <>
      <div class="screen__body screen__body--mid" role="status">
        <span class={`screen__mark ${isOrdered ? 'good' : 'bad'}`}>
          <Icon name={isOrdered ? 'tickc' : 'crossc'} large />
        </span>
        <p>
          <b>{isOrdered ? 'Ordered and paid' : 'Card declined'}</b>
        </p>
        <p class="small soft">
          {isOrdered
            ? `The till has it, for ${table.name}.`
            : 'Nothing was taken and nothing was ordered. Try another card.'}
        </p>
      </div>
      <div class="screen__foot">
        <Button kind="main" isWide onPress={onMore}>
          {isOrdered ? 'Order something else' : 'Back to the menu'}
        </Button>
      </div>
    </>
  )
}

function changed(basket: Basket, plu: string, quantity: number): Basket {
  const next = new Map(basket)
  if (quantity > 0) next.set(plu, quantity)
  else next.delete(plu)
  return next
}
