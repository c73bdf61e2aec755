-- A payment in the history of an order says when it was voided, where it said whether it counts ("stands").
-- One that was void already when its order took it over from another gets the time of that.
UPDATE "order_history" AS h
SET "delta" = jsonb_set(h."delta", '{payments}', (
  SELECT jsonb_agg(
    CASE e."payment" -> 'stands'
      WHEN 'true'::jsonb THEN (e."payment" - 'stands') || '{"voidedAt": null}'::jsonb
      WHEN 'false'::jsonb THEN (e."payment" - 'stands')
        || jsonb_build_object('voidedAt', to_char(h."at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      ELSE e."payment"
    END ORDER BY e."position")
  FROM jsonb_array_elements(h."delta" -> 'payments') WITH ORDINALITY AS e("payment", "position")
))
WHERE h."delta" -> 'payments' @? '$[*].stands';
