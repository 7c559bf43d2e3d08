// A mail as the parser hands it out: Ana's, of which a test changes what its story is about.

import type { ReadMail } from '../../src/domain/mail.ts'
import { nine } from './tickets.ts'

export const aReadMail = (changes: Partial<ReadMail> = {}): ReadMail => ({
  messageId: 'one@school.example',
  refersTo: [],
  from: { name: 'Ana', address: 'ana@school.example' },
  replyTo: null,
  to: [{ name: 'Help desk', address: 'help@desk.example' }],
  cc: [],
  deliveredTo: [],
  subject: 'My screen stays black',
  sentAt: nine,
  language: 'en',
  text: 'Since this morning.',
  folded: [],
  hasHtml: false,
  files: [],
  automatic: null,
  bounce: null,
  ...changes,
})
