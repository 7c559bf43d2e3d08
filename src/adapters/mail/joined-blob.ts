// The parser puts the lines of a part together by a Blob, and Node's Blob takes 700 bytes and more for each of its
// pieces: a log of 60,000 lines, 1.4 MB, took 85 MB and a second. This one only joins, and is for a process that does
// nothing but parse.

type Piece = string | ArrayBuffer | Uint8Array

const bytesOf = (piece: Piece): Uint8Array =>
  typeof piece === 'string' ? Buffer.from(piece) : piece instanceof Uint8Array ? piece : new Uint8Array(piece)

function joinedBlob(pieces: readonly Piece[]): { readonly arrayBuffer: () => Promise<ArrayBuffer> } {
  let length = 0
  for (const piece of pieces)
    length += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.byteLength
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    if (piece === '\n') whole[at++] = 10
    else {
      const bytes = bytesOf(piece)
      whole.set(bytes, at)
      at += bytes.length
    }
  }
  return { arrayBuffer: async () => whole.buffer }
}

export const joinBlobs = (): void => {
  Object.assign(globalThis, { Blob: joinedBlob })
}
