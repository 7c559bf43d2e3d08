// The mail with a link that proves an address. Nobody wrote it and nothing of a ticket stands in it:
// anybody can have it sent to an address by typing that one into the form.

import type { SendMailOptions } from 'nodemailer/lib/mailer'
import { GatewayError } from '../../application/gateway-error.ts'
import type { SignInMail } from '../../application/mail-ports.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import { deskHeader } from '../../domain/mail-token.ts'
import type { Composing } from './compose.ts'
import { oneLine } from './templates.ts'

/** `at`: UTC milliseconds. Throws GatewayError for what is no address. */
export const composeSignInMail = (
  { to, language, url }: SignInMail,
  { from, templates, deskLink }: Pick<Composing, 'from' | 'templates' | 'deskLink'>,
  at: number,
): SendMailOptions => {
  if (!isPlainAddress(to))
    throw new GatewayError('permanent', 'What it should go to is no address that a mail can be sent to.')
  const name = oneLine(from.name, 100)
  const { subject, text, html } = templates.render('sign-in', language, {
    number: 0,
    title: '',
    name: '',
    author: '',
    text: '',
    level: '',
    link: url,
    deskLink,
    desk: name === '' ? from.address : name,
    answerable: false,
    days: 0,
    files: [],
    otherFiles: [],
  })
  return {
    from: { name, address: from.address },
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    date: new Date(at),
    text,
    html,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      [deskHeader]: '1',
    },
    encoding: 'quoted-printable',
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
