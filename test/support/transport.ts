// Which transport a venue's calls go over in tests: REST, unless a run of tables says otherwise.
export type TestTransport = 'rest' | 'socket'

let current: TestTransport = 'rest'

export function testTransport(): TestTransport {
  return current
}

/** For the test files that are loaded from now on. */
export function useTransport(transport: TestTransport): void {
  current = transport
}
