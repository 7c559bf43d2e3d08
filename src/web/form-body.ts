// Reading a posted form, with a limit on everything: bytes, fields, files, and what all requests
// together may hold in memory. A form is plain names and values; files only where they are wanted.

import { Busboy } from '@fastify/busboy'
import type { Request } from 'express'
import { addParameter, OddParameters, parametersOf } from './security.ts'

export type PostedFile = { readonly name: string; readonly type: string; readonly bytes: Uint8Array }

export type Posted = {
  readonly fields: ReadonlyMap<string, string>
  readonly files: readonly PostedFile[]
  /** What was wrong with the files; a page says so beside the field. */
  readonly fileTrouble: 'too-large' | 'too-many' | null
}

export type FormLimits = {
  /** Bytes of all fields together, as sent. */
  readonly fieldBytes: number
  /** null = this form takes no files. */
  readonly files: { readonly each: number; readonly all: number; readonly count: number } | null
}

/** A browser's form without files. Percent-encoded text can take nine bytes a letter. */
export const plainForm: FormLimits = { fieldBytes: 1_048_576, files: null }

export type UnreadableForm = 'too-large' | 'wrong-type' | 'malformed' | 'aborted' | 'busy'

/** The request's body is no form we read; `problem` says why. */
export class FormError extends Error {
  readonly problem: UnreadableForm

  constructor(problem: UnreadableForm, cause?: unknown) {
    super(`the form could not be read: ${problem}`, { cause })
    this.name = 'FormError'
    this.problem = problem
  }
}

/** Bytes of bodies that all requests of this process may hold at one time. */
const budget = 192 * 1_048_576
let held = 0

/** So many bytes are read and thrown away, so that whoever sends too much can read why it was refused. */
const politeness = 32 * 1_048_576

const throwAway = (request: Request): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0
    request
      .on('error', () => resolve())
      .once('end', resolve)
      .once('close', resolve)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > politeness) resolve()
    })
  })

/** The body of what is no form, byte for byte. Throws FormError. */
export const readBytes = async (request: Request, most: number): Promise<Uint8Array> => {
  const tooLarge = Number(request.headers['content-length'] ?? 0) > most
  const body = await (tooLarge ? Promise.reject(new FormError('too-large')) : bodyOf(request, most)).catch(
    async (error: unknown) => {
      if (error instanceof FormError && error.problem === 'too-large') await throwAway(request)
      throw error
    },
  )
  try {
    return Buffer.concat(body.chunks)
  } finally {
    held -= body.bytes
  }
}

/** Throws FormError and OddParameters. */
export const readForm = async (request: Request, limits: FormLimits): Promise<Posted> => {
  const type = request.headers['content-type'] ?? ''
  const most = limits.fieldBytes + (limits.files?.all ?? 0)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > most) {
    // Unread, it would end the connection before a proxy had read why.
    if (announced <= politeness) await throwAway(request)
    throw new FormError('too-large')
  }
  const multipart = /^multipart\/form-data\s*;/iu.test(type)
  const urlencoded = /^application\/x-www-form-urlencoded\s*(;|$)/iu.test(type)
  if (!multipart && !urlencoded && announced > 0) throw new FormError('wrong-type')
  const body = await bodyOf(request, most)
  try {
    return multipart
      ? await readMultipart(body.chunks, type, limits)
      : {
          fields: parametersOf(Buffer.concat(body.chunks).toString('utf8')),
          files: [],
          fileTrouble: null,
        }
  } finally {
    held -= body.bytes
  }
}

/**
 * The caller gives `bytes` back to the budget. Events and not `for await`: leaving that early would
 * end the connection, and the visitor would never read why.
 */
const bodyOf = (request: Request, most: number): Promise<{ chunks: Buffer[]; bytes: number }> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const over = () => {
      request.off('data', take).off('end', end).off('error', abort).off('close', abort)
      // Whatever still comes is read and thrown away.
      request.on('error', () => {}).resume()
    }
    const fail = (problem: UnreadableForm, cause?: unknown) => {
      over()
      held -= bytes
      reject(new FormError(problem, cause))
    }
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      held += chunk.length
      if (bytes > most) fail('too-large')
      else if (held > budget) fail('busy')
      else chunks.push(chunk)
    }
    const abort = (cause?: unknown) => fail('aborted', cause)
    const end = () => {
      over()
      resolve({ chunks, bytes })
    }
    if (request.destroyed) fail('aborted')
    else request.on('data', take).on('end', end).on('error', abort).on('close', abort)
  })

const readMultipart = (chunks: readonly Buffer[], type: string, limits: FormLimits): Promise<Posted> =>
  new Promise((resolve, reject) => {
    const fields = new Map<string, string>()
    const files: PostedFile[] = []
    let fileTrouble: Posted['fileTrouble'] = null
    const malformed = (error: unknown): void =>
      reject(
        error instanceof OddParameters || error instanceof FormError
          ? error
          : new FormError('malformed', error),
      )
    const parser = multipartParser(type, limits)
    parser.on('field', (name, value, nameCut, valueCut) => {
      try {
        if (nameCut || valueCut) throw new FormError('too-large')
        addParameter(fields, name, value)
      } catch (error) {
        malformed(error)
      }
    })
    parser.on('file', (_name, stream, name, _encoding, fileType) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('error', malformed)
      stream.on('end', () => {
        if (stream.truncated) fileTrouble = 'too-large'
        // A file field left empty is sent as a file without name and bytes.
        else if (parts.length > 0 || name) files.push(postedFile(name, fileType, parts))
      })
    })
    parser.on('filesLimit', () => {
      if (limits.files) fileTrouble = 'too-many'
      else malformed(new FormError('wrong-type'))
    })
    parser.on('fieldsLimit', () => malformed(new FormError('too-large')))
    parser.on('partsLimit', () => malformed(new FormError('too-large')))
    parser.on('error', malformed)
    parser.on('finish', () => resolve({ fields, files, fileTrouble }))
    for (const chunk of chunks) parser.write(chunk)
    parser.end()
  })

const multipartParser = (type: string, limits: FormLimits) => {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        fieldNameSize: 100,
        fieldSize: limits.fieldBytes,
        fields: 50,
        fileSize: limits.files?.each ?? 0,
        files: limits.files?.count ?? 0,
        parts: 61,
        headerPairs: 50,
        headerSize: 8_192,
      },
    })
  } catch (error) {
    throw new FormError('malformed', error)
  }
}

const postedFile = (name: string | undefined, type: string, parts: readonly Buffer[]): PostedFile => ({
  name: fileName(name ?? ''),
  type: /^[\w.+-]{1,80}\/[\w.+-]{1,80}$/u.test(type) ? type.toLowerCase() : 'application/octet-stream',
  bytes: Buffer.concat(parts),
})

/** The last part of the path, without control and direction marks, at most 200 characters. */
const fileName = (name: string): string => {
  const last = name.split(/[/\\]/u).at(-1) ?? ''
  const clean = last.replace(/[\p{Cc}\p{Cf}]/gu, '').trim()
  return [...clean].slice(0, 200).join('') || 'file'
}
