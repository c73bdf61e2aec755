-- A foreign key that cascades updates cannot be distributed, and no key of ours is ever updated.

ALTER TABLE "areas"
  DROP CONSTRAINT "areas_location_id_fkey",
  ADD CONSTRAINT "areas_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "business_days"
  DROP CONSTRAINT "business_days_location_id_fkey",
  ADD CONSTRAINT "business_days_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "credentials"
  DROP CONSTRAINT "credentials_location_id_fkey",
  ADD CONSTRAINT "credentials_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "day_audits"
  DROP CONSTRAINT "day_audits_location_id_fkey",
  ADD CONSTRAINT "day_audits_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "dojo_events"
  DROP CONSTRAINT "dojo_events_location_id_fkey",
  ADD CONSTRAINT "dojo_events_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "idempotency_keys"
  DROP CONSTRAINT "idempotency_keys_location_id_fkey",
  ADD CONSTRAINT "idempotency_keys_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "menu_items"
  DROP CONSTRAINT "menu_items_location_id_fkey",
  ADD CONSTRAINT "menu_items_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "menu_parts"
  DROP CONSTRAINT "menu_parts_location_id_part_plu_fkey",
  ADD CONSTRAINT "menu_parts_location_id_part_plu_fkey"
    FOREIGN KEY (location_id, part_plu) REFERENCES menu_items(location_id, plu) ON DELETE RESTRICT,
  DROP CONSTRAINT "menu_parts_location_id_plu_fkey",
  ADD CONSTRAINT "menu_parts_location_id_plu_fkey"
    FOREIGN KEY (location_id, plu) REFERENCES menu_items(location_id, plu) ON DELETE RESTRICT;

ALTER TABLE "order_bookings"
  DROP CONSTRAINT "order_bookings_location_id_day_id_fkey",
  ADD CONSTRAINT "order_bookings_location_id_day_id_fkey"
    FOREIGN KEY (location_id, day_id) REFERENCES business_days(location_id, day_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "order_bookings_location_id_order_id_fkey",
  ADD CONSTRAINT "order_bookings_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "order_discounts"
  DROP CONSTRAINT "order_discounts_location_id_order_id_fkey",
  ADD CONSTRAINT "order_discounts_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "order_history"
  DROP CONSTRAINT "order_history_location_id_order_id_fkey",
  ADD CONSTRAINT "order_history_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "order_lines"
  DROP CONSTRAINT "order_lines_location_id_order_id_fkey",
  ADD CONSTRAINT "order_lines_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "order_lines_location_id_order_id_parent_line_id_fkey",
  ADD CONSTRAINT "order_lines_location_id_order_id_parent_line_id_fkey"
    FOREIGN KEY (location_id, order_id, parent_line_id) REFERENCES order_lines(location_id, order_id, line_id) ON DELETE RESTRICT;

ALTER TABLE "order_locks"
  DROP CONSTRAINT "order_locks_location_id_order_id_fkey",
  ADD CONSTRAINT "order_locks_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "order_tax_lines"
  DROP CONSTRAINT "order_tax_lines_location_id_order_id_fkey",
  ADD CONSTRAINT "order_tax_lines_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "orders"
  DROP CONSTRAINT "orders_location_id_fkey",
  ADD CONSTRAINT "orders_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "orders_location_id_party_id_fkey",
  ADD CONSTRAINT "orders_location_id_party_id_fkey"
    FOREIGN KEY (location_id, party_id) REFERENCES parties(location_id, party_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "orders_location_id_reservation_id_fkey",
  ADD CONSTRAINT "orders_location_id_reservation_id_fkey"
    FOREIGN KEY (location_id, reservation_id) REFERENCES reservations(location_id, reservation_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "orders_location_id_table_id_fkey",
  ADD CONSTRAINT "orders_location_id_table_id_fkey"
    FOREIGN KEY (location_id, table_id) REFERENCES tables(location_id, table_id) ON DELETE RESTRICT;

ALTER TABLE "outbox"
  DROP CONSTRAINT "outbox_location_id_fkey",
  ADD CONSTRAINT "outbox_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "parties"
  DROP CONSTRAINT "parties_location_id_fkey",
  ADD CONSTRAINT "parties_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "parties_location_id_reservation_id_fkey",
  ADD CONSTRAINT "parties_location_id_reservation_id_fkey"
    FOREIGN KEY (location_id, reservation_id) REFERENCES reservations(location_id, reservation_id) ON DELETE RESTRICT;

ALTER TABLE "party_tables"
  DROP CONSTRAINT "party_tables_location_id_party_id_fkey",
  ADD CONSTRAINT "party_tables_location_id_party_id_fkey"
    FOREIGN KEY (location_id, party_id) REFERENCES parties(location_id, party_id) ON DELETE CASCADE,
  DROP CONSTRAINT "party_tables_location_id_table_id_fkey",
  ADD CONSTRAINT "party_tables_location_id_table_id_fkey"
    FOREIGN KEY (location_id, table_id) REFERENCES tables(location_id, table_id) ON DELETE RESTRICT;

ALTER TABLE "payment_intents"
  DROP CONSTRAINT "payment_intents_location_id_fkey",
  ADD CONSTRAINT "payment_intents_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "payment_movements"
  DROP CONSTRAINT "payment_movements_location_id_day_id_fkey",
  ADD CONSTRAINT "payment_movements_location_id_day_id_fkey"
    FOREIGN KEY (location_id, day_id) REFERENCES business_days(location_id, day_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "payment_movements_location_id_payment_id_fkey",
  ADD CONSTRAINT "payment_movements_location_id_payment_id_fkey"
    FOREIGN KEY (location_id, payment_id) REFERENCES payments(location_id, payment_id) ON DELETE RESTRICT;

ALTER TABLE "payments"
  DROP CONSTRAINT "payments_location_id_order_id_fkey",
  ADD CONSTRAINT "payments_location_id_order_id_fkey"
    FOREIGN KEY (location_id, order_id) REFERENCES orders(location_id, order_id) ON DELETE RESTRICT;

ALTER TABLE "refunds"
  DROP CONSTRAINT "refunds_location_id_payment_id_fkey",
  ADD CONSTRAINT "refunds_location_id_payment_id_fkey"
    FOREIGN KEY (location_id, payment_id) REFERENCES payments(location_id, payment_id) ON DELETE RESTRICT;

ALTER TABLE "reservation_tables"
  DROP CONSTRAINT "reservation_tables_location_id_reservation_id_fkey",
  ADD CONSTRAINT "reservation_tables_location_id_reservation_id_fkey"
    FOREIGN KEY (location_id, reservation_id) REFERENCES reservations(location_id, reservation_id) ON DELETE CASCADE,
  DROP CONSTRAINT "reservation_tables_location_id_table_id_fkey",
  ADD CONSTRAINT "reservation_tables_location_id_table_id_fkey"
    FOREIGN KEY (location_id, table_id) REFERENCES tables(location_id, table_id) ON DELETE RESTRICT;

ALTER TABLE "reservations"
  DROP CONSTRAINT "reservations_location_id_fkey",
  ADD CONSTRAINT "reservations_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "tables"
  DROP CONSTRAINT "tables_location_id_area_id_fkey",
  ADD CONSTRAINT "tables_location_id_area_id_fkey"
    FOREIGN KEY (location_id, area_id) REFERENCES areas(location_id, area_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "tables_location_id_fkey",
  ADD CONSTRAINT "tables_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "till_tokens"
  DROP CONSTRAINT "till_tokens_location_id_fkey",
  ADD CONSTRAINT "till_tokens_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "till_tokens_location_id_waiter_id_fkey",
  ADD CONSTRAINT "till_tokens_location_id_waiter_id_fkey"
    FOREIGN KEY (location_id, waiter_id) REFERENCES waiters(location_id, waiter_id) ON DELETE RESTRICT;

ALTER TABLE "visit_history"
  DROP CONSTRAINT "visit_history_location_id_fkey",
  ADD CONSTRAINT "visit_history_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "waiter_areas"
  DROP CONSTRAINT "waiter_areas_location_id_area_id_fkey",
  ADD CONSTRAINT "waiter_areas_location_id_area_id_fkey"
    FOREIGN KEY (location_id, area_id) REFERENCES areas(location_id, area_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "waiter_areas_location_id_waiter_id_fkey",
  ADD CONSTRAINT "waiter_areas_location_id_waiter_id_fkey"
    FOREIGN KEY (location_id, waiter_id) REFERENCES waiters(location_id, waiter_id) ON DELETE RESTRICT;

ALTER TABLE "waiter_tables"
  DROP CONSTRAINT "waiter_tables_location_id_table_id_fkey",
  ADD CONSTRAINT "waiter_tables_location_id_table_id_fkey"
    FOREIGN KEY (location_id, table_id) REFERENCES tables(location_id, table_id) ON DELETE RESTRICT,
  DROP CONSTRAINT "waiter_tables_location_id_waiter_id_fkey",
  ADD CONSTRAINT "waiter_tables_location_id_waiter_id_fkey"
    FOREIGN KEY (location_id, waiter_id) REFERENCES waiters(location_id, waiter_id) ON DELETE RESTRICT;

ALTER TABLE "waiters"
  DROP CONSTRAINT "waiters_location_id_fkey",
  ADD CONSTRAINT "waiters_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;

ALTER TABLE "webhook_secrets"
  DROP CONSTRAINT "webhook_secrets_location_id_fkey",
  ADD CONSTRAINT "webhook_secrets_location_id_fkey"
    FOREIGN KEY (location_id) REFERENCES locations(location_id) ON DELETE RESTRICT;
