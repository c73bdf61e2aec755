-- A new value of a type cannot be used in the transaction that adds it.
ALTER TYPE "card_payment_kind" ADD VALUE 'UnlinkedRefund';
