-- A reservation of Dojo's that comes after its party finds it.
CREATE INDEX "parties_of_dojo_reservation" ON "parties"("location_id", "dojo_reservation_id");
