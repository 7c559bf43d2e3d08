// How much may come along with a text that somebody writes on a form: belay.yaml says how large one file may
// be, and all of them together stay within what a request may hold.

import type { Desk } from '../domain/desk.ts'
import type { FileRef } from '../domain/operation.ts'
import type { FormLimits, Posted } from './form-body.ts'
import { plainForm } from './form-body.ts'
import type { Translate } from './page.ts'

export const mostFiles = 10
const megabyte = 1_048_576

export const withFiles = (desk: Desk): FormLimits => ({
  fieldBytes: plainForm.fieldBytes,
  files: {
    each: desk.form.maxFileBytes,
    all: Math.max(25 * megabyte, desk.form.maxFileBytes),
    count: mostFiles,
  },
})

/** A sentence for files that are too large or too many, or null. */
export const fileProblem = ({ fileTrouble }: Posted, desk: Desk, t: Translate): string | null => {
  if (fileTrouble === 'too-large')
    return t('open.files.tooLarge', { max: Math.floor(desk.form.maxFileBytes / 1_000_000) })
  return fileTrouble === 'too-many' ? t('errors.tooManyFiles', { count: mostFiles }) : null
}

/** What was posted, ready to be kept on its way to GitLab. */
export const filesToKeep = (
  { files }: Posted,
  newId: () => string,
): readonly { readonly file: FileRef; readonly bytes: Uint8Array }[] =>
  files.map(({ name, type, bytes }) => ({
    file: { id: newId(), name, type, bytes: bytes.length },
    bytes,
  }))
