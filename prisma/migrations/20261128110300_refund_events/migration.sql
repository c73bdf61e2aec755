-- Refunds without a payment have entries of the feed, as days do.
ALTER TYPE "visit_kind" ADD VALUE 'Refund';
