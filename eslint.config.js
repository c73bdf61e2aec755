// The style is neostandard's, loosened where it would spread short code over many lines. Types are checked by tsc.
import neostandard, { resolveIgnoresFromGitignore } from 'neostandard'

export default [
  ...neostandard({
    ts: true,
    ignores: [...resolveIgnoresFromGitignore(), 'src/**/generated/'],
  }),
  {
    rules: {
      '@stylistic/multiline-ternary': 'off',
      '@stylistic/object-property-newline': 'off',
      // `void work()` says that nobody waits for a promise on purpose.
      'no-void': ['error', { allowAsStatement: true }],
      // tsc finds these; here a schema and its type could not share a name, nor `error as Error` be a reason.
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
