// Signs an agent in as a browser would: from the desk to GitLab's page, a person is picked there,
// and back with a code.

const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0] ?? '')
    .join('; ')

const placeOf = (response: Response, what: string): string => {
  const place = response.headers.get('location')
  if (place === null) throw new Error(`${what} answered ${response.status} and leads nowhere`)
  return place
}

/** The Cookie header of somebody who has signed in to the desk. */
export const signIn = async (deskUrl: string, username: string): Promise<string> => {
  const leaving = await fetch(`${deskUrl}/sign-in/gitlab`, { redirect: 'manual' })
  const asked = new URL(placeOf(leaving, 'signing in'))
  const page = await fetch(asked)
  if (!page.ok) throw new Error(`GitLab's page for signing in answered ${page.status}: ${await page.text()}`)
  const granted = await fetch(`${asked.origin}${asked.pathname}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams([...asked.searchParams, ['user', username]]),
  })
  const back = await fetch(placeOf(granted, "GitLab's page for signing in"), {
    redirect: 'manual',
    headers: { cookie: cookieOf(leaving) },
  })
  if (back.status !== 303)
    throw new Error(`coming back from GitLab answered ${back.status}: ${await back.text()}`)
  return cookieOf(back)
}
