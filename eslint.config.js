// Prettier owns the layout of the page and tsc the types; these are neostandard's rules about the
// code itself.
import neostandard, { resolveIgnoresFromGitignore } from 'neostandard'

export default [
  ...neostandard({
    ts: true,
    noStyle: true,
    ignores: [...resolveIgnoresFromGitignore(), 'src/**/generated/'],
  }),
  {
    rules: {
      // `void work()` says that nobody waits for a promise on purpose.
      'no-void': ['error', { allowAsStatement: true }],
      // tsc finds these; here a schema and its type could not share a name, nor `error as Error` be
      // a reason.
      '@typescript-eslint/no-redeclare': 'off',
      'prefer-promise-reject-errors': 'off',
    },
  },
  {
    // A log line goes through the server's logger, which knows what must not be written down.
    files: ['src/**'],
    rules: { 'no-console': 'error' },
  },
]
