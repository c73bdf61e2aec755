# Node.js runs the TypeScript files as they are: there is nothing to build but the Prisma client.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# `optional` leaves out the binaries of the embedded PostgreSQL, and Prisma's command line with all that it brings: a
# container is given its database in DATABASE_URL. No package that is left needs its install script.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# The Prisma client is generated, which takes the development packages and nothing of the network.
FROM node:24-slim AS client
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY openapi openapi
COPY prisma prisma
COPY scripts scripts
COPY src src
RUN node scripts/generate.ts

FROM node:24-slim
# DATA_DIR is not written to when DATABASE_URL is set; without it the server says in one line that it is missing.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/tmp/epos
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY openapi openapi
COPY prisma prisma
COPY scripts scripts
COPY --from=client /app/src src
USER node
EXPOSE 8080
# Alive, not ready: a server that waits for its database does not get better by a restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}${process.env.ROUTE_PREFIX || ''}/health/live`, { signal: AbortSignal.timeout(2000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As `npm start` does; npm itself would not pass on the signal to stop.
CMD ["node", "--max-semi-space-size=8", "--max-old-space-size=512", "src/main.ts"]
