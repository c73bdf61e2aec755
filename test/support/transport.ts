// Which transport a venue's calls go over in tests: REST, unless a run of tables says otherwise.
export type TestTransport = 'rest' | 'socket'

let current: TestTransport = 'rest'

export function testTransport(): TestTransport {
  return current
}

/**
 * What is sent to a distributed database is tried on one node with the second run of the tables:
 * they cost no third one. Other files try it with `npm run test:distributed -- --on-one-node`.
 */
export function writesRowByRow(): boolean {
  return current === 'socket'
}

/** For the test files that are loaded from now on. */
export function useTransport(transport: TestTransport): void {
  current = transport
}
