-- Which sockets have lately connected to Dojo's gateway, so that all servers together do not storm it.
CREATE TABLE "socket_gateways" (
    "url" TEXT NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 1,
    "connects" JSONB NOT NULL,
    "probed_at" TIMESTAMPTZ(3),

    CONSTRAINT "socket_gateways_pkey" PRIMARY KEY ("url")
);
