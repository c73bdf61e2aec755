// Where the log goes: lines of JSON, or on a terminal lines for people.
import type { Writable } from 'node:stream'
import { destination, type DestinationStream } from 'pino'
import { limits } from '../limits.ts'

export interface LogOutput {
  stream: DestinationStream
  /** Resolves once everything is written. */
  flush: () => Promise<void>
}

export async function openLogOutput(
  stdout: Writable & { isTTY?: boolean; fd?: number },
  { sharesOutput = false }: { sharesOutput?: boolean | undefined } = {},
): Promise<LogOutput> {
  return stdout.isTTY === true ? await forPeople(stdout) : forPrograms(stdout.fd ?? 1, sharesOutput)
}

/**
 * Writing each line by itself would cost as much as the request. Lines wait, but not for long.
 * @param isShared other processes write there too, so each write is short enough to stay whole
 */
function forPrograms(fd: number, isShared: boolean): LogOutput {
  const stream = destination({
    dest: fd,
    sync: false,
    minLength: isShared ? limits.sharedWriteBytes / 2 : limits.logBufferBytes,
    periodicFlush: limits.logFlushMs,
    maxLength: limits.logMostBytes,
    ...(isShared ? { maxWrite: limits.sharedWriteBytes } : {}),
  })
  // Its reader may leave. What is not written then is lost, and the server goes on.
  stream.on('error', () => {})
  return {
    stream,
    flush: async () => {
      await new Promise<void>((resolve) => {
        stream.flush(() => {
          resolve()
        })
      })
    },
  }
}

async function forPeople(stdout: Writable): Promise<LogOutput> {
  const { prettyFactory } = await import('pino-pretty')
  const inWords = prettyFactory({
    colorize: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  })
  return {
    stream: {
      write: (line) => {
        stdout.write(inWords(line))
      },
    },
    flush: async () => {},
  }
}
