// The names under which a PostgreSQL server shows our connections (pg_stat_activity): by them a restore knows whether a
// desk is at work. A name that somebody wrote into DATABASE_URL would hide it.

export const deskName = 'belay'
export const listeningName = 'belay (listening)'
export const reportsName = 'belay (reports)'
export const copyingName = 'belay copying'

/** For pg, which takes the URL's own name before any other. */
export const connectionAs = (
  name: string,
  url: string,
): { readonly connectionString: string; readonly application_name: string } => ({
  connectionString: url.replace(/(?<=[?&])application_name=[^&#]*&?/gu, ''),
  application_name: name,
})
