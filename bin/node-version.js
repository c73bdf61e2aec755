// Plain JavaScript that an old Node.js understands.
const OLDEST_MAJOR = 24

export function isNewEnough() {
  return Number.parseInt(process.versions.node) >= OLDEST_MAJOR
}

export function tooOld(what) {
  return (
    `${what} needs Node.js ${OLDEST_MAJOR}, and this is ${process.version}. ` +
    'Run npm ci, which installs it for npm start and epos, or install it from nodejs.org.'
  )
}
