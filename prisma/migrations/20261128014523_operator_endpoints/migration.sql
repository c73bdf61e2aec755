-- Days are in the feed like parties and reservations.
ALTER TYPE "visit_kind" ADD VALUE 'Day';

-- A system of the operator's that is sent the events of every venue, of those made later too. Each venue has a row of its
-- own for it among its endpoints, with its own position and failures.
CREATE TABLE "operator_endpoints" (
    "endpoint_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "types" TEXT[],
    "position" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "operator_endpoints_pkey" PRIMARY KEY ("endpoint_id")
);

CREATE TABLE "operator_endpoint_secrets" (
    "endpoint_id" TEXT NOT NULL,
    "secret_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "operator_endpoint_secrets_pkey" PRIMARY KEY ("endpoint_id", "secret_id")
);
ALTER TABLE "operator_endpoint_secrets" ADD CONSTRAINT "operator_endpoint_secrets_endpoint_id_fkey"
    FOREIGN KEY ("endpoint_id") REFERENCES "operator_endpoints"("endpoint_id") ON DELETE CASCADE ON UPDATE NO ACTION;

ALTER TABLE "webhook_endpoints" ADD COLUMN "of_operator" BOOLEAN NOT NULL DEFAULT false;
