// What the people of a venue see of the connection with Dojo when somebody looks into it. The
// operator's doctor implements it.

export interface VenueCheck {
  name: string
  state: 'ok' | 'warning' | 'broken' | 'skipped'
  /** One sentence. */
  finding: string
  /** What to do. */
  advice?: string
}

/** The capabilities by what Dojo has registered for the venue, by their current names. */
export interface Extent {
  /** At this server's URL. */
  overRest: string[]
  overSocket: string[]
  /** Served here, and registered nowhere. */
  missing: string[]
  /** Registered for this venue, and not served here. */
  notServed: string[]
}

export interface VenueDiagnosis {
  /** Whether nothing is broken; a warning breaks nothing. */
  healthy: boolean
  checks: VenueCheck[]
  /** Undefined when Dojo could not be asked. */
  extent: Extent | undefined
}

/** Asks Dojo, and takes some seconds. Changes nothing; what fails becomes a finding. */
export type ExamineVenue = (locationId: string) => Promise<VenueDiagnosis>
