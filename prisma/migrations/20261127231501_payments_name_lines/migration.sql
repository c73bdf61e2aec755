-- A guest may pay for certain items: the payment names their lines.
ALTER TABLE "payments" ADD COLUMN "line_ids" TEXT[];
