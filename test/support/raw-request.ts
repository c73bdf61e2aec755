// A request as bytes, for a test that holds the connection itself.
import { basic, type Venue } from './server.ts'

export function rawPost(
  { username, password }: Pick<Venue, 'username' | 'password'>,
  path: string,
  body: object,
): string {
  const text = JSON.stringify(body)
  return [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: ${basic(username, password)}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    '',
    text,
  ].join('\r\n')
}
