import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readBearerToken } from '../src/authorization-header.js'
import { MalformedRequest, TokenRejected } from '../src/errors.js'

suite('a bearer token is read', () => {
  const readable = ['Bearer abc.def.ghi', 'bearer abc.def.ghi', 'BEARER abc.def.ghi', 'Bearer   abc.def.ghi']
  for (const header of readable) {
    test(`from ${header}`, () => assert.equal(readBearerToken(header), 'abc.def.ghi'))
  }
  test('from a list of one value', () => assert.equal(readBearerToken(['Bearer abc']), 'abc'))
})

suite('a request without bearer credentials gets the bare challenge, without an error code', () => {
  const absent: Record<string, [string | string[] | undefined, string]> = {
    'no header': [undefined, 'no_token'],
    'an empty list': [[], 'no_token'],
    'an empty value': ['', 'no_token'],
    'the scheme alone': ['Bearer', 'no_token'],
    Basic: ['Basic dXNlcjpwYXNz', 'wrong_scheme'],
    DPoP: ['DPoP abc.def.ghi', 'wrong_scheme'],
    'a token without scheme': ['abc.def.ghi', 'wrong_scheme'],
  }
  for (const [name, [header, code]] of Object.entries(absent)) {
    test(name, () => {
      const error = refusal(header)
      assert.ok(error instanceof TokenRejected)
      assert.equal(error.code, code)
      assert.equal(error.status, 401)
      assert.deepEqual(error.headers, { 'WWW-Authenticate': 'Bearer' })
    })
  }
})

suite('credentials that would have to be guessed are a 400', () => {
  const unreadable: Record<string, string | string[]> = {
    'two tokens in one value': 'Bearer abc, Bearer def',
    'a tab behind the scheme': 'Bearer\tabc',
    'a space in the token': 'Bearer abc def',
    'a newline behind the token': 'Bearer abc\n',
    'the JSON serialisation': 'Bearer {"payload":"abc"}',
    'a character beyond ASCII': 'Bearer abcé',
    'a comma first': ', Bearer abc',
  }
  for (const [name, header] of Object.entries(unreadable)) {
    test(name, () => {
      const error = refusal(header)
      assert.ok(error instanceof MalformedRequest)
      assert.equal(error.code, 'malformed_authorization')
      assert.equal(error.status, 400)
      assert.deepEqual(error.headers, {
        'WWW-Authenticate':
          'Bearer error="invalid_request", error_description="The Authorization header cannot be read. Its form is: Bearer, one space, the token."',
      })
    })
  }
  test('two headers', () => {
    const error = refusal(['Bearer abc', 'Bearer abc'])
    assert.ok(error instanceof MalformedRequest)
    assert.equal(error.code, 'multiple_credentials')
    assert.equal(error.status, 400)
  })
})

test('a header longer than any token is refused before it is read', () => {
  const error = refusal(`Bearer ${'a'.repeat(10_000_000)}`)
  assert.ok(error instanceof TokenRejected)
  assert.equal(error.code, 'malformed')
})

function refusal(header: string | string[] | undefined): unknown {
  try {
    readBearerToken(header)
  } catch (error) {
    return error
  }
  return assert.fail('nothing was refused')
}
