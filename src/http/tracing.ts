// OpenTelemetry, if its usual variables ask for it. Only then are its packages loaded.
import type { FastifyInstance } from 'fastify'

export interface Tracing {
  /** Adds the instrumentation to a server before its routes. */
  prepare: (app: FastifyInstance) => void
  stop: () => Promise<void>
}

const VARIABLES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
]

export async function startTracing(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Tracing> {
  const isEnabled =
    VARIABLES.some((name) => (environment[name] ?? '') !== '') &&
    environment['OTEL_SDK_DISABLED'] !== 'true' &&
    environment['OTEL_TRACES_EXPORTER'] !== 'none'
  if (!isEnabled) return { prepare: () => {}, stop: async () => {} }
  const [{ NodeSDK }, { FastifyOtelInstrumentation }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@fastify/otel'),
  ])
  const instrumentation = new FastifyOtelInstrumentation({
    ignorePaths: ({ url }) => /\/(health|metrics)\b/.test(url),
  })
  const name = environment['OTEL_SERVICE_NAME'] ?? ''
  const sdk = new NodeSDK({
    serviceName: name === '' ? 'epos-data-server' : name,
    instrumentations: [instrumentation],
  })
  sdk.start()
  return {
    prepare: (app) => {
      void app.register(instrumentation.plugin() as never)
    },
    stop: async () => {
      await sdk.shutdown().catch(() => {})
    },
  }
}
