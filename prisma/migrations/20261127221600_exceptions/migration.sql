-- What a manager looks at in the evening: few of the many entries of the history, found by their time.
CREATE INDEX "order_history_exceptions" ON "order_history"("location_id", "at")
  WHERE action IN ('LineVoided', 'DiscountAdded', 'ServiceChargeSet', 'SplitOff', 'MergedInto', 'Moved', 'PaymentVoided', 'PaymentRefunded',
    'UnlockedByForce', 'Canceled', 'Reopened');
